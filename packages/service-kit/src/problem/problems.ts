import { Problem, type ProblemOptions } from './problem.js';

export function badRequest(detail: string, options?: ProblemOptions): Problem {
  return new Problem(400, detail, options);
}

/** `challenge` is the value of WWW-Authenticate, which RFC 9110 asks of every 401. */
export function unauthorized(detail: string, challenge: string, options?: ProblemOptions): Problem {
  return new Problem(401, detail, {
    ...options,
    headers: { ...options?.headers, 'WWW-Authenticate': challenge },
  });
}

export function notFound(detail: string, options?: ProblemOptions): Problem {
  return new Problem(404, detail, options);
}

export function conflict(detail: string, options?: ProblemOptions): Problem {
  return new Problem(409, detail, options);
}

export function contentTooLarge(detail: string, options?: ProblemOptions): Problem {
  return new Problem(413, detail, options);
}

export function unsupportedMediaType(detail: string, options?: ProblemOptions): Problem {
  return new Problem(415, detail, options);
}

export function unprocessable(detail: string, options?: ProblemOptions): Problem {
  return new Problem(422, detail, options);
}

/** The request may succeed later, unchanged: the client is told to wait that many whole seconds. */
export function unavailable(detail: string, retryAfterSeconds: number, options?: ProblemOptions): Problem {
  return new Problem(503, detail, {
    ...options,
    headers: { ...options?.headers, 'Retry-After': String(Math.ceil(retryAfterSeconds)) },
  });
}
