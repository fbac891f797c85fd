export interface ConflictRetryOptions {
  /** Whether Postgres rolled back in favour of another transaction (SQLSTATE 40001, 40P01). */
  readonly isConflict: (error: unknown) => boolean;
  /** Called before each retry, with the number of the attempt that failed. */
  readonly onRetry?: (error: unknown, attempt: number) => void;
}

const MAX_ATTEMPTS = 5;

/**
 * Runs a transaction. If it lost against a concurrent one, Postgres has rolled back everything it
 * wrote, and it is run again from the start, at most five times in all.
 *
 * @throws the last error, once the attempts are used up or the error is not a conflict
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
