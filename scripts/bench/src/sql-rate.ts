// Measures how many order transactions per second Postgres commits without the services.
import { migrateOrderDatabase } from '@lmt/prisma-order';
import { execa } from 'execa';
import pg from 'pg';
import { orderTransactions } from './orders.js';
import type { Bench } from './system.js';

const CLIENTS = 32;
const ATTEMPTS = 3;
const COPY = 'bench_sql';

/** Returns the transactions per second. */
export function parsePgbench(output: string): number {
  const perSecond = Number(/^tps = ([\d.]+) /m.exec(output)?.[1]);
  if (perSecond > 0) return perSecond;
  throw new Error(`pgbench reported no rate:\n${output}`);
}

/**
 * Creates an order database of its own for pgbench, so that pgbench can run between the other phases
 * while the services are up and idle. Resolves with null if pgbench is not installed. JavaScript
 * clients cannot replace it, because they would limit the rate instead of Postgres.
 */
export async function prepareSql({ stack, database, signal }: Bench) {
  const version = await execa('pgbench', ['--version'], { reject: false });
  if (version.failed) return null;
  const owner = new URL(stack.databases.order);
  await database.query(`CREATE DATABASE ${COPY} OWNER ${decodeURIComponent(owner.username)}`);
  const { href: url } = Object.assign(owner, { pathname: COPY });
  await migrateOrderDatabase(url);
  // The URL is not an argument, because other users of the machine can read arguments.
  const env = { PATH: process.env.PATH, PGDATABASE: url, PGSSLMODE: 'disable' };

  /**
   * pgbench counts the time while its clients connect. On a busy machine the run may end before
   * they are connected, so a run that reports no rate is repeated with more time.
   */
  async function runPgbench(input: string, seconds: number) {
    for (let attempt = 1; ; attempt += 1) {
      const load = ['-c', CLIENTS, '-j', 2, '-T', seconds * attempt].map(String);
      const options = { input, env, extendEnv: false, cancelSignal: signal };
      const { stdout } = await execa('pgbench', ['-n', '-f', '-', '-M', 'prepared', ...load], options);
      try {
        return parsePgbench(stdout);
      } catch (error) {
        if (attempt === ATTEMPTS) throw error;
      }
    }
  }

  /** Empties the tables, so that every run starts alike and leaves nothing to vacuum. */
  async function emptyTables() {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query('TRUNCATE outbox_messages, order_items, orders RESTART IDENTITY');
    await client.end();
  }

  return {
    tool: `${version.stdout}, -M prepared, ${CLIENTS} clients`,
    /** Resolves with the transactions per second by the name of the transaction. */
    async measure(seconds: number) {
      const rates: Record<string, number> = {};
      for (const [name, script] of Object.entries(orderTransactions)) {
        rates[name] = await runPgbench(script, seconds);
        await emptyTables();
      }
      return rates;
    },
  };
}

export type SqlRate = Awaited<ReturnType<typeof prepareSql>>;
