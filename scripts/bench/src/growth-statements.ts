// What the services' statements cost, from pg_stat_statements.
import type { Client } from 'pg';
import type { GrowthPoint } from './plots.js';

export interface StatementCost {
  readonly query: string;
  /** The database's name. */
  readonly database: string;
  readonly calls: number;
  readonly milliseconds: number;
  readonly buffers: number;
  readonly walBytes: number;
}

const READ = `SELECT s.query, d.datname AS database, s.calls::int, s.total_exec_time AS milliseconds,
  (s.shared_blks_hit + s.shared_blks_read)::float8 AS buffers, s.wal_bytes::float8 AS "walBytes"
FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid JOIN pg_roles r ON r.oid = s.userid
WHERE r.rolname IN ('lmt_order_service', 'lmt_relay', 'lmt_inventory_service')`;

/** Names with a part of the statements' text, which pg_stat_statements stores without constants. */
const STATEMENTS: Readonly<Record<string, RegExp>> = {
  place: /INSERT INTO orders/,
  claim: /nearest_new/,
  mark: /broker_position = CASE/,
  complete: /completed AS \(|json_build_array\(/,
  record: /INSERT INTO inbox_messages/,
};
/** All statements of the inventory together, however they are divided. */
const CONSUME = 'consume';

export const STATEMENT_NAMES = [...Object.keys(STATEMENTS), CONSUME];

/** Adds up the statements of each name, per message. */
export function toPoints(costs: readonly StatementCost[], rows: number, messages: number): GrowthPoint[] {
  const isOf = (name: string) =>
    name === CONSUME
      ? ({ database }: StatementCost) => database.endsWith('inventory')
      : ({ query }: StatementCost) => STATEMENTS[name]?.test(query) ?? false;
  return STATEMENT_NAMES.map((statement) => {
    const own = costs.filter(isOf(statement));
    const perMessage = (read: (cost: StatementCost) => number) =>
      own.reduce((sum, cost) => sum + read(cost), 0) / messages;
    return {
      rows,
      statement,
      callsPerThousand: perMessage(({ calls }) => calls * 1_000),
      buffersPerMessage: perMessage(({ buffers }) => buffers),
      usPerMessage: perMessage(({ milliseconds }) => milliseconds * 1_000),
      walPerMessage: perMessage(({ walBytes }) => walBytes),
    };
  });
}

export async function resetStatements(database: Client): Promise<void> {
  await database.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements');
  await database.query('SELECT pg_stat_statements_reset()');
}

export async function readStatements(database: Client): Promise<StatementCost[]> {
  return (await database.query<StatementCost>(READ)).rows;
}

const PURGE = `SELECT purged, finished_until AS "finishedUntil"
FROM purge_finished_messages(interval '0', $1::timestamptz)`;

/** What some calls of the purge cost, each resumed where the last one ended, as the relay does. */
export async function measurePurge(database: Client, rows: number, calls: number): Promise<GrowthPoint> {
  await resetStatements(database);
  let from = new Date(0);
  let messages = 0;
  for (let call = 0; call < calls; call += 1) {
    const purge = await database.query<{ purged: number; finishedUntil: Date }>(PURGE, [from]);
    const [batch] = purge.rows;
    messages += batch?.purged ?? 0;
    from = batch?.finishedUntil ?? from;
  }
  const { rows: found } = await database.query<Omit<StatementCost, 'query' | 'database'>>(
    `SELECT calls::int, total_exec_time AS milliseconds,
      (shared_blks_hit + shared_blks_read)::float8 AS buffers, wal_bytes::float8 AS "walBytes"
    FROM pg_stat_statements WHERE query LIKE '%FROM purge_finished_messages(%'`,
  );
  const [cost] = found;
  if (cost === undefined || messages === 0) throw new Error('the purge found nothing');
  return {
    rows,
    statement: 'purge',
    callsPerThousand: (calls / messages) * 1_000,
    buffersPerMessage: cost.buffers / messages,
    usPerMessage: (cost.milliseconds * 1_000) / messages,
    walPerMessage: cost.walBytes / messages,
  };
}
