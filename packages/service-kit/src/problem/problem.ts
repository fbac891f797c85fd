import { STATUS_CODES } from 'node:http';

/** One fault of an input. */
export interface InputFault {
  /** Dotted path from the root of the input, such as `items.0.quantity`. Empty for the input itself. */
  readonly path: string;
  readonly message: string;
}

interface ProblemOptions {
  /** A problem type with a name of its own. The title belongs to the type and never varies. */
  readonly kind?: { readonly type: string; readonly title: string };
  readonly errors?: readonly InputFault[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/** An error answer as RFC 9457 defines it. The client sees all of it but `cause`, which is logged. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;
  readonly type: string;
  readonly title: string;
  readonly detail: string;
  readonly errors: readonly InputFault[] | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, detail: string, { kind, errors, headers = {}, cause }: ProblemOptions = {}) {
    super(detail, cause === undefined ? undefined : { cause });
    this.status = status;
    // RFC 9457, 4.2.1: a problem without a type is `about:blank` and has the title of its status.
    this.type = kind?.type ?? 'about:blank';
    this.title = kind?.title ?? STATUS_CODES[status] ?? 'Error';
    this.detail = detail;
    this.errors = errors;
    this.headers = headers;
  }

  /** The body of the answer. */
  toJSON() {
    const { type, title, status, detail, errors } = this;
    return errors ? { type, title, status, detail, errors } : { type, title, status, detail };
  }
}

/** `challenge` is the value of WWW-Authenticate, which RFC 9110 requires of every 401. */
export function unauthorized(detail: string, challenge: string): Problem {
  return new Problem(401, detail, { headers: { 'WWW-Authenticate': challenge } });
}

export function notFound(detail: string): Problem {
  return new Problem(404, detail);
}

export function conflict(detail: string, options?: ProblemOptions): Problem {
  return new Problem(409, detail, options);
}

export function unprocessable(detail: string, options?: ProblemOptions): Problem {
  return new Problem(422, detail, options);
}

/** The same request may succeed after `retryAfterSeconds`. */
export function unavailable(detail: string, retryAfterSeconds: number, cause?: unknown): Problem {
  return new Problem(503, detail, { headers: { 'Retry-After': String(retryAfterSeconds) }, cause });
}

const DATABASE_RETRY_SECONDS = 2;
const RETRY = 'Retry, with the same Idempotency-Key if the request had one.';

/**
 * The answer when a statement failed as `databaseFailure` (packages/postgres) reports: 503 when a retry
 * may succeed, null for every other failure.
 */
export function databaseProblem(failure: string): Problem | null {
  switch (failure) {
    case 'unavailable':
    case 'conflict':
      return unavailable(`The database does not answer. ${RETRY}`, DATABASE_RETRY_SECONDS);
    case 'locked':
      return unavailable(`Another transaction holds the same rows. ${RETRY}`, DATABASE_RETRY_SECONDS);
    default:
      return null;
  }
}
