import { type Problem, unavailable } from './problem.js';

const RETRY_AFTER_SECONDS = 2;
const RETRY = 'Retry, with the same Idempotency-Key if the request had one.';

/**
 * The answer when a statement failed as `databaseFailure` (packages/postgres) reports: 503 when a
 * retry may succeed, null for every other failure.
 */
export function databaseProblem(failure: string): Problem | null {
  switch (failure) {
    case 'unavailable':
    case 'conflict':
      return unavailable(`The database does not answer. ${RETRY}`, RETRY_AFTER_SECONDS);
    case 'locked':
      return unavailable(`Another transaction holds the same rows. ${RETRY}`, RETRY_AFTER_SECONDS);
    default:
      return null;
  }
}
