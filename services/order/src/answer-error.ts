import { databaseFailure } from '@lmt/prisma-order';
import { type Problem, unavailable } from '@lmt/service-kit';

/** A database that can't be reached, or a row that can't be had, is a 503; anything else is for the log. */
export function answerError(error: unknown): Problem | null {
  switch (databaseFailure(error)) {
    case 'unavailable':
    case 'conflict':
      return unavailable(
        'The database does not answer; try again, an order with the same Idempotency-Key.',
        2,
      );
    case 'locked':
      return unavailable(
        'Another transaction holds the same rows; try again, an order with the same Idempotency-Key.',
        2,
      );
    default:
      return null;
  }
}
