import { databaseFailure } from '@lmt/prisma-order';
import { OverloadedError, type Problem, unavailable } from '@lmt/service-kit';

/** What may pass is a 503; anything else is for the log. */
export function answerError(error: unknown): Problem | null {
  if (error instanceof OverloadedError) return unavailable('Too many requests wait already; try again.', 1);
  if (databaseFailure(error) === 'other') return null;
  return unavailable('The database does not answer; try again, with the same Idempotency-Key.', 2);
}
