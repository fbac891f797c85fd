export interface ConflictRetryOptions {
  /** Whether Postgres rolled this transaction back for another one (SQLSTATE 40001, 40P01). */
  readonly isConflict: (error: unknown) => boolean;
  /** Called before each retry, with the number of the attempt that failed. */
  readonly onRetry?: (error: unknown, attempt: number) => void;
}

const MAX_ATTEMPTS = 5;

/**
 * Runs a transaction. If Postgres rolls it back in favour of a concurrent transaction, it runs
 * again from the start, at most five times in total.
 *
 * @throws the last error, if it is not a conflict or no attempts are left
 */
export async function retryOnConflict<T>(
  transaction: () => Promise<T>,
  { isConflict, onRetry }: ConflictRetryOptions,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await transaction();
    } catch (error) {
      if (!isConflict(error) || attempt === MAX_ATTEMPTS) throw error;
      onRetry?.(error, attempt);
    }
  }
}
