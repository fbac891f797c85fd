import { STATUS_CODES } from 'node:http';

// RFC 9110 renamed two statuses. Node 20 has their old names.
const TITLES: typeof STATUS_CODES = {
  ...STATUS_CODES,
  413: 'Content Too Large',
  422: 'Unprocessable Content',
};

export interface InputFault {
  /** Path from the root of the input, such as `items.0.quantity`. Empty for the input itself. */
  readonly path: string;
  readonly message: string;
}

interface ProblemOptions {
  readonly errors?: readonly InputFault[];
  readonly headers?: Readonly<Record<string, string>>;
  /** Replaces the error in the log. Not sent to the client. */
  readonly reason?: string | undefined;
}

/** An error answer as RFC 9457 defines it. The client sees the message, as its `detail`. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;
  readonly errors: readonly InputFault[] | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly reason: string | undefined;

  constructor(status: number, detail: string, { errors, headers = {}, reason }: ProblemOptions = {}) {
    super(detail);
    this.status = status;
    this.errors = errors;
    this.headers = headers;
    this.reason = reason;
  }

  /** The body of the answer. */
  toJSON() {
    const { status, message: detail, errors } = this;
    if (errors) return { type: 'urn:problem:invalid-input', title: 'Invalid input', status, detail, errors };
    // RFC 9457, 4.2.1: a problem without a type is `about:blank` and has the title of its status.
    return { type: 'about:blank', title: TITLES[status] ?? 'Error', status, detail };
  }
}

/** `challenge` is the value of WWW-Authenticate, which RFC 9110 requires of every 401. */
export const unauthorized = (detail: string, challenge: string) =>
  new Problem(401, detail, { headers: { 'WWW-Authenticate': challenge } });

export const forbidden = (detail: string) => new Problem(403, detail);

export const notFound = (detail: string) => new Problem(404, detail);

export const conflict = (detail: string) => new Problem(409, detail);

export const unprocessable = (detail: string) => new Problem(422, detail);

/** The same request may succeed after `retryAfterSeconds`. */
export const unavailable = (detail: string, retryAfterSeconds: number, reason?: string) =>
  new Problem(503, detail, { headers: { 'Retry-After': String(retryAfterSeconds) }, reason });

const RETRY = 'Retry, with the same Idempotency-Key if the request had one.';

/**
 * Maps a `databaseFailure` (packages/postgres) to 503 if a retry may succeed, else to null. The
 * answer does not depend on the cause of the outage. The `reason` is only logged.
 */
export function databaseProblem(failure: string, reason?: string | null): Problem | null {
  switch (failure) {
    case 'unavailable':
    case 'conflict':
      return unavailable(`The database did not confirm the request. ${RETRY}`, 2, reason ?? undefined);
    case 'locked':
      return unavailable(
        `Another transaction holds a lock on the same data. ${RETRY}`,
        2,
        reason ?? undefined,
      );
    default:
      return null;
  }
}
