import { Problem } from './problem.js';
import { badRequest, contentTooLarge, unsupportedMediaType } from './problems.js';

/** What express and its body parser throw (the `http-errors` package). */
interface HttpError {
  readonly status: number;
  readonly type?: unknown;
  readonly limit?: unknown;
}

/** The problem of an error that express or its body parser blames on the client; null for any other. */
export function problemOfHttpError(error: unknown): Problem | null {
  if (!isClientError(error)) return null;
  const options = { cause: error };
  switch (error.type) {
    case 'entity.parse.failed':
      return badRequest('The body is not a JSON object or array.', options);
    case 'entity.too.large':
      return contentTooLarge(`The body is larger than ${String(error.limit)} bytes.`, options);
    case 'encoding.unsupported':
      return unsupportedMediaType('The body must be plain, or compressed with gzip, deflate or br.', options);
    case 'charset.unsupported':
      return unsupportedMediaType('The body must be UTF-8.', options);
    case 'request.size.invalid':
    case 'request.aborted':
      return badRequest('The body does not have the length that was announced.', options);
    default:
      // Such as a path that does not decode. The message is express's own and could quote the request.
      return new Problem(error.status, 'The request could not be understood.', options);
  }
}

function isClientError(error: unknown): error is HttpError {
  if (typeof error !== 'object' || error === null || !('status' in error)) return false;
  return typeof error.status === 'number' && error.status >= 400 && error.status < 500;
}
