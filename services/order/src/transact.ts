import { databaseFailure, type OrderDatabase, type OrderTransaction } from '@lmt/prisma-order';

const MAX_CONFLICTS = 5;

/** Runs `work` in one transaction, again from the start when it lost against others at the same rows. */
export async function transact<T>(
  database: OrderDatabase,
  work: (tx: OrderTransaction) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await database.$transaction(work);
    } catch (error) {
      if (databaseFailure(error) !== 'conflict' || attempt === MAX_CONFLICTS) throw error;
    }
  }
}
