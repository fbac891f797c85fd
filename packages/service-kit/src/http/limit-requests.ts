import { OverloadedError, throttleLog } from '@lmt/resilience';
import type { RequestHandler, Response } from 'express';
import type { Logger } from 'pino';

export interface RequestLimits {
  /** Further requests are answered with 503 at once. */
  readonly maxUnanswered: number;
  /** If unread answers take more memory than this, the connections of the oldest are cut. */
  readonly maxUnreadBytes: number;
}

const REQUEST_LIMITS: RequestLimits = { maxUnanswered: 2_000, maxUnreadBytes: 64 * 1024 * 1024 };

/**
 * Bounds the memory that clients can occupy with unanswered requests and unread answers. Otherwise
 * a client that does not read its answer is cut only after the server's inactivity limit.
 */
export function limitRequests(logger: Logger, limits = REQUEST_LIMITS): RequestHandler {
  const logCut = throttleLog<object>((fields, answers) =>
    logger.warn({ ...fields, answers }, 'connections cut because their clients do not read'),
  );
  // Bytes of each complete but unread answer, oldest first, because a map keeps insertion order.
  const unread = new Map<Response, number>();
  let unreadBytes = 0;
  let unanswered = 0;

  function forget(response: Response): void {
    unreadBytes -= unread.get(response) ?? 0;
    unread.delete(response);
  }

  return (_request, response, next) => {
    if (unanswered >= limits.maxUnanswered)
      throw new OverloadedError(`${unanswered} requests are unanswered`);
    unanswered += 1;
    response.once('prefinish', () => {
      unread.set(response, response.writableLength);
      unreadBytes += response.writableLength;
      for (const [oldest, bytes] of unread) {
        if (unreadBytes <= limits.maxUnreadBytes) break;
        forget(oldest);
        oldest.destroy();
        logCut({ bytes });
      }
    });
    response.once('close', () => {
      unanswered -= 1;
      forget(response);
    });
    next();
  };
}
