import type { TransactionSql } from '@lmt/outbox';

/** What the example needs of a database: any PrismaClient fits. */
export interface Database {
  $transaction<R>(work: (tx: TransactionSql) => Promise<R>): Promise<R>;
}
