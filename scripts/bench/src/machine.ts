// Describes the machine and the software of a run.
import { open, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { root, type Stack } from '@lmt/stack';
import { execa } from 'execa';
import type { Client } from 'pg';
import { readRow } from './message-progress.js';
import { toDistribution } from './percentiles.js';

const PAGE = Buffer.alloc(8_192, 1);
const WRITES = 200;

/**
 * Returns the median time to write and flush a database page in microseconds. If that is below 10,
 * the disk did not flush.
 */
async function measureFlush(folder: string) {
  const path = join(folder, 'flush');
  const file = await open(path, 'w');
  const times: number[] = [];
  try {
    for (let index = 0; index < WRITES; index += 1) {
      const start = performance.now();
      await file.write(PAGE, 0, PAGE.length, 0);
      await file.datasync();
      times.push((performance.now() - start) * 1_000);
    }
  } finally {
    await file.close();
    await rm(path);
  }
  return toDistribution(times).p50;
}

async function readKafkaVersion() {
  const pom = await readFile(join(root, 'scripts/stack/kafka-pom.xml'), 'utf8');
  return /<kafka\.version>([^<]+)</.exec(pom)?.[1] ?? 'unknown';
}

/** Returns the commit, with a + if files have changed since. */
async function readCommit() {
  const args = ['describe', '--always', '--dirty=+', '--exclude=*'];
  const { failed, stdout } = await execa('git', args, { cwd: root, reject: false });
  return failed ? null : stdout;
}

export async function describeMachine({ folder, broker }: Stack, database: Client) {
  const { version } = await readRow<{ version: string }>(
    database,
    `SELECT current_setting('server_version') AS version`,
  );
  return {
    date: new Date().toISOString(),
    commit: await readCommit(),
    cores: os.availableParallelism(),
    cpu: os.cpus()[0]?.model.trim() ?? 'unknown',
    memoryGb: Math.round(os.totalmem() / 2 ** 30),
    system: `${os.type()} ${os.release()} ${os.arch()}`,
    // The load average of the last minute, most of which preceded this run.
    load: os.loadavg()[0] ?? 0,
    flushMicroseconds: await measureFlush(folder),
    node: process.versions.node,
    postgres: version,
    broker: broker.kind === 'kafka' ? `Kafka ${await readKafkaVersion()}` : 'direct (HTTP, no broker)',
  };
}
