// How many order transactions a second Postgres does without the services.
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { orderTransactions, pgbenchScript } from './order-transaction.js';
import { runWorker } from './worker.js';

const execute = promisify(execFile);
const clientCounts = [1, 32];
const attempts = 3;

export type SqlRate = { name: string; clients: number; perSecond: number; latencyMs: number };

/** @param output of pgbench */
export function parsePgbench(output: string) {
  const number = (pattern: RegExp) => Number(pattern.exec(output)?.[1] ?? Number.NaN);
  const perSecond = number(/^tps = ([\d.]+) /m);
  if (!(perSecond > 0)) throw new Error(`pgbench said no rate:\n${output}`);
  return { perSecond, latencyMs: number(/^latency average = ([\d.]+) ms/m) };
}

function connectionEnv(databaseUrl: string) {
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
 * Its clock runs while its clients still connect: on a machine with no time to spare the whole run
 * may pass so, and it is repeated with more time.
 */
async function runPgbench({
  script,
  clients,
  seconds,
  databaseUrl,
  signal,
}: {
  script: string;
  clients: number;
  seconds: number;
  databaseUrl: string;
  signal: AbortSignal;
}) {
  for (let attempt = 1; ; attempt += 1) {
    const threads = Math.min(clients, 2);
    const time = seconds * attempt;
    const args = ['-n', '-f', script, '-M', 'prepared', '-c', clients, '-j', threads, '-T', time].map(String);
    const { stdout } = await execute('pgbench', args, { env: connectionEnv(databaseUrl), signal });
    try {
      return parsePgbench(stdout);
    } catch (error) {
      if (attempt === attempts) throw error;
    }
  }
}

export async function measureSql({
  databaseUrl,
  folder,
  seconds,
  signal,
}: {
  databaseUrl: string;
  folder: string;
  seconds: number;
  signal: AbortSignal;
}): Promise<{ tool: string; rates: SqlRate[] }> {
  const version = await execute('pgbench', ['--version']).then(
    ({ stdout }) => stdout.trim(),
    () => null,
  );
  const rates: SqlRate[] = [];
  for (const [index, transaction] of orderTransactions.entries()) {
    const script = join(folder, `order-${index}.sql`);
    await writeFile(script, pgbenchScript(transaction));
    for (const clients of clientCounts) {
      signal.throwIfAborted();
      const rate = version
        ? await runPgbench({ script, clients, seconds, databaseUrl, signal })
        : await runWorker('sql-worker.mjs', { databaseUrl, transaction, clients, seconds }, signal);
      rates.push({ name: transaction.name, clients, ...rate });
    }
  }
  const tool = version ? `${version}, -M prepared` : 'a loop of prepared statements over node-postgres';
  return { tool, rates };
}
