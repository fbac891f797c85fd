// What the figures were measured on.

import { execFile } from 'node:child_process';
import { open, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '@lmt/stack';
import type { Client } from 'pg';
import { percentile } from './percentiles.js';

const execute = promisify(execFile);
const block = Buffer.alloc(8_192, 1);
const writes = 200;

/**
 * How long a write of one database page to the disk takes, in microseconds. A few of them tell a
 * disk that lies: no real one takes under 10.
 */
async function flushMicroseconds(folder: string) {
  const path = join(folder, 'flush');
  const file = await open(path, 'w');
  const took: number[] = [];
  try {
    for (let index = 0; index < writes; index += 1) {
      const start = performance.now();
      await file.write(block, 0, block.length, 0);
      await file.datasync();
      took.push((performance.now() - start) * 1_000);
    }
  } finally {
    await file.close();
    await rm(path, { force: true });
  }
  return percentile(
    took.sort((a, b) => a - b),
    50,
  );
}

async function kafkaVersion() {
  const pom = await readFile(new URL('../../stack/kafka-pom.xml', import.meta.url), 'utf8');
  return /<kafka\.version>([^<]+)</.exec(pom)?.[1] ?? 'unknown';
}

/** The commit, with a + when files were changed since. */
async function commit() {
  try {
    const { stdout } = await execute('git', ['describe', '--always', '--dirty=+', '--exclude=*'], {
      cwd: root,
    });
    return stdout.trim();
  } catch {
    return null;
  }
}

export async function describeMachine({
  folder,
  database,
  broker,
}: {
  folder: string;
  database: Client;
  broker: 'kafka' | 'direct';
}) {
  const { rows } = await database.query('SHOW server_version');
  return {
    date: new Date().toISOString(),
    commit: await commit(),
    cores: os.availableParallelism(),
    cpu: os.cpus()[0]?.model.trim() ?? 'unknown',
    memoryGb: Math.round(os.totalmem() / 2 ** 30),
    system: `${os.type()} ${os.release()} ${os.arch()}`,
    // Of the last minute, so before this started much.
    load: os.loadavg()[0] ?? 0,
    flushMicroseconds: await flushMicroseconds(folder),
    node: process.versions.node,
    postgres: String(rows[0].server_version),
    broker: broker === 'kafka' ? `Kafka ${await kafkaVersion()}` : 'direct (HTTP, no broker)',
  };
}
