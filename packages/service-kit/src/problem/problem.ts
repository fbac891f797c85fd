/** One fault of an input: where it is and what was expected there. */
export interface InputFault {
  /** Dotted path from the input's root, such as `items.0.quantity`; empty for the input itself. */
  readonly path: string;
  readonly message: string;
}

/** A kind of problem with a name of its own; the title belongs to the type and never varies. */
export interface ProblemKind {
  /** Stable URI, such as `urn:problem:idempotency-key-reused`. */
  readonly type: string;
  readonly title: string;
}

export interface ProblemOptions {
  readonly kind?: ProblemKind;
  readonly errors?: readonly InputFault[];
  /** Headers to send along, such as Retry-After. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  417: 'Expectation Failed',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

/**
 * An answer that is not the one asked for, as RFC 9457 has it. Everything in it is shown to the client,
 * except `cause`, which is for the log.
 */
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
    // RFC 9457, 4.2.1: without a type of its own a problem is `about:blank`, titled as its status is.
    this.type = kind?.type ?? 'about:blank';
    this.title = kind?.title ?? TITLES[status] ?? 'Error';
    this.detail = detail;
    this.errors = errors;
    this.headers = headers;
  }

  /** The body to send. */
  toJSON() {
    const { type, title, status, detail, errors } = this;
    return errors ? { type, title, status, detail, errors } : { type, title, status, detail };
  }
}
