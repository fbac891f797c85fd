// Measures how many order transactions per second Postgres commits without the services.
import { execa } from 'execa';
import { orderTransactions, toPgbenchScript } from './orders.js';
import { runInWorker } from './worker.js';

const CLIENT_COUNTS = [1, 32];
const ATTEMPTS = 3;

/** Returns transactions per second. */
export function parsePgbench(output: string): number {
  const perSecond = Number(/^tps = ([\d.]+) /m.exec(output)?.[1]);
  if (perSecond > 0) return perSecond;
  throw new Error(`pgbench reported no rate:\n${output}`);
}

export async function measureSql(databaseUrl: string, seconds: number, signal: AbortSignal) {
  // pgbench accepts a URL here, and other users of the machine can't read it.
  const env = { PATH: process.env.PATH, PGDATABASE: databaseUrl, PGSSLMODE: 'disable' };

  /**
   * pgbench's clock already runs while its clients connect. On a busy machine the whole run may pass
   * before they are connected, so a run without a rate is repeated with more time.
   */
  async function runPgbench(input: string, clients: number) {
    for (let attempt = 1; ; attempt += 1) {
      const load = ['-c', clients, '-j', Math.min(clients, 2), '-T', seconds * attempt].map(String);
      const options = { input, env, extendEnv: false, cancelSignal: signal };
      const { stdout } = await execa('pgbench', ['-n', '-f', '-', '-M', 'prepared', ...load], options);
      try {
        return parsePgbench(stdout);
      } catch (error) {
        if (attempt === ATTEMPTS) throw error;
      }
    }
  }

  const pgbench = await execa('pgbench', ['--version'], { reject: false });
  const rates = [];
  for (const transaction of orderTransactions) {
    for (const clients of CLIENT_COUNTS) {
      signal.throwIfAborted();
      const perSecond = pgbench.failed
        ? await runInWorker('sqlLoop', { databaseUrl, transaction, clients, seconds }, signal)
        : await runPgbench(toPgbenchScript(transaction), clients);
      rates.push({ name: transaction.name, clients, perSecond });
    }
  }
  const tool = pgbench.failed
    ? 'a loop of prepared statements over node-postgres'
    : `${pgbench.stdout}, -M prepared`;
  return { tool, rates };
}
