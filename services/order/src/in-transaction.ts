import { databaseFailure, type OrderDatabase, type OrderTransaction } from '@lmt/prisma-order';
import { retryOnConflict } from '@lmt/resilience';

/** Runs `work` in one transaction, and again from the start when it lost against a concurrent one. */
export function inTransaction<T>(
  database: OrderDatabase,
  work: (tx: OrderTransaction) => Promise<T>,
): Promise<T> {
  const isConflict = (error: unknown) => databaseFailure(error) === 'conflict';
  return retryOnConflict(() => database.$transaction(work), { isConflict });
}
