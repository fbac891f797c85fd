// Measures how many order transactions per second Postgres commits without the services.
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { orderTransactions, toPgbenchScript } from './orders.js';
import { runInWorker } from './worker.js';

const execute = promisify(execFile);

const CLIENT_COUNTS = [1, 32];
const ATTEMPTS = 3;

interface SqlTask {
  readonly databaseUrl: string;
  readonly folder: string;
  readonly seconds: number;
  readonly signal: AbortSignal;
}

export function parsePgbench(output: string) {
  const number = (pattern: RegExp) => Number(pattern.exec(output)?.[1] ?? Number.NaN);
  const perSecond = number(/^tps = ([\d.]+) /m);
  if (!(perSecond > 0)) throw new Error(`pgbench reported no rate:\n${output}`);
  return { perSecond, latencyMs: number(/^latency average = ([\d.]+) ms/m) };
}

function toPgEnv(databaseUrl: string) {
  const url = new URL(databaseUrl);
  return {
    PATH: process.env.PATH,
    PGHOST: url.hostname,
    PGPORT: url.port,
    PGUSER: decodeURIComponent(url.username),
    PGPASSWORD: decodeURIComponent(url.password),
    PGDATABASE: url.pathname.slice(1),
    PGSSLMODE: 'disable',
  };
}

/**
 * pgbench's clock already runs while its clients connect. On a busy machine the whole run may pass
 * before they are connected, so a run without a rate is repeated with more time.
 */
async function runPgbench(script: string, clients: number, { databaseUrl, seconds, signal }: SqlTask) {
  for (let attempt = 1; ; attempt += 1) {
    const threads = Math.min(clients, 2);
    const time = seconds * attempt;
    const args = ['-n', '-f', script, '-M', 'prepared', '-c', clients, '-j', threads, '-T', time].map(String);
    const { stdout } = await execute('pgbench', args, { env: toPgEnv(databaseUrl), signal });
    try {
      return parsePgbench(stdout);
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
    }
  }
}

export async function measureSql(task: SqlTask) {
  const { databaseUrl, folder, seconds, signal } = task;
  const version = await execute('pgbench', ['--version']).then(
    ({ stdout }) => stdout.trim(),
    () => null,
  );
  const rates = [];
  for (const [index, transaction] of orderTransactions.entries()) {
    const script = join(folder, `order-${index}.sql`);
    await writeFile(script, toPgbenchScript(transaction));
    for (const clients of CLIENT_COUNTS) {
      signal.throwIfAborted();
      const rate = version
        ? await runPgbench(script, clients, task)
        : await runInWorker('sqlLoop', { databaseUrl, transaction, clients, seconds }, signal);
      rates.push({ name: transaction.name, clients, ...rate });
    }
  }
  const tool = version ? `${version}, -M prepared` : 'a loop of prepared statements over node-postgres';
  return { tool, rates };
}
