import { databaseFailure } from '@lmt/prisma-inventory';
import { type Problem, unavailable } from '@lmt/service-kit';

/** A database that can't be reached is a 503; anything else is for the log. */
export function answerDatabaseError(error: unknown): Problem | null {
  if (!['unavailable', 'conflict'].includes(databaseFailure(error))) return null;
  return unavailable('The database does not answer; try again.', 2);
}
