// Measures how many order transactions per second Postgres commits without the services.
import { execa } from 'execa';
import { orderTransactions } from './orders.js';

const CLIENT_COUNTS = [1, 32];
const ATTEMPTS = 3;

/** Returns the transactions per second. */
export function parsePgbench(output: string): number {
  const perSecond = Number(/^tps = ([\d.]+) /m.exec(output)?.[1]);
  if (perSecond > 0) return perSecond;
  throw new Error(`pgbench reported no rate:\n${output}`);
}

/**
 * Resolves with null if pgbench is not installed. JavaScript clients cannot replace it, because
 * they would limit the rate instead of Postgres.
 */
export async function measureSql(databaseUrl: string, seconds: number, signal: AbortSignal) {
  // The URL is not an argument, because other users of the machine can read arguments.
  const env = { PATH: process.env.PATH, PGDATABASE: databaseUrl, PGSSLMODE: 'disable' };

  /**
   * pgbench counts the time while its clients connect. On a busy machine the run may end before
   * they are connected, so a run that reports no rate is repeated with more time.
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

  const version = await execa('pgbench', ['--version'], { reject: false });
  if (version.failed) return null;
  const rates = [];
  for (const [name, script] of Object.entries(orderTransactions)) {
    for (const clients of CLIENT_COUNTS)
      rates.push({ name, clients, perSecond: await runPgbench(script, clients) });
  }
  return { tool: `${version.stdout}, -M prepared`, rates };
}
