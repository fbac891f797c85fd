// Describes the machine and the software of a run.
import { execFile } from 'node:child_process';
import { open, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '@lmt/stack';
import type { Client } from 'pg';
import { percentile } from './percentiles.js';

const execute = promisify(execFile);

const PAGE = Buffer.alloc(8_192, 1);
const WRITES = 200;

/**
 * The median time of writing and flushing a database page, in microseconds. A disk that answers in
 * under 10 has not flushed.
 */
async function measureFlush(folder: string) {
  const path = join(folder, 'flush');
  const file = await open(path, 'w');
  const times = new Float64Array(WRITES);
  try {
    for (let index = 0; index < WRITES; index += 1) {
      const start = performance.now();
      await file.write(PAGE, 0, PAGE.length, 0);
      await file.datasync();
      times[index] = (performance.now() - start) * 1_000;
    }
  } finally {
    await file.close();
    await rm(path, { force: true });
  }
  return percentile(times.sort(), 50);
}

async function readKafkaVersion() {
  const pom = await readFile(join(root, 'scripts/stack/kafka-pom.xml'), 'utf8');
  return /<kafka\.version>([^<]+)</.exec(pom)?.[1] ?? 'unknown';
}

/** The commit, with a + when files have changed since. */
const readCommit = () =>
  execute('git', ['describe', '--always', '--dirty=+', '--exclude=*'], { cwd: root }).then(
    ({ stdout }) => stdout.trim(),
    () => null,
  );

export async function describeMachine(folder: string, database: Client, broker: 'kafka' | 'direct') {
  const { rows } = await database.query<{ server_version: string }>('SHOW server_version');
  return {
    date: new Date().toISOString(),
    commit: await readCommit(),
    cores: os.availableParallelism(),
    cpu: os.cpus()[0]?.model.trim() ?? 'unknown',
    memoryGb: Math.round(os.totalmem() / 2 ** 30),
    system: `${os.type()} ${os.release()} ${os.arch()}`,
    // The average of the last minute, most of which preceded this run.
    load: os.loadavg()[0] ?? 0,
    flushMicroseconds: await measureFlush(folder),
    node: process.versions.node,
    postgres: rows[0]?.server_version ?? 'unknown',
    broker: broker === 'kafka' ? `Kafka ${await readKafkaVersion()}` : 'direct (HTTP, no broker)',
  };
}
