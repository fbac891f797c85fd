import type { TransactionSql } from '@lmt/outbox';

/** The part of a database client that the example calls; any PrismaClient fits. */
export interface Database {
  $transaction<R>(work: (tx: TransactionSql) => Promise<R>): Promise<R>;
}
