/** The work did not settle in time. The work continues unless its owner stops it. */
export class TimeoutError extends Error {
  override readonly name = 'TimeoutError';
}

/**
 * Settles with the outcome of `work`, or rejects after `ms`. The work continues after a timeout and
 * may still succeed, so it must be safe to repeat. If it fails later, that failure is ignored.
 *
 * @throws the error that `onTimeout` returns, by default a TimeoutError
 */
export async function withTimeout<T>(
  work: Promise<T>,
  ms: number,
  onTimeout: () => Error = () => new TimeoutError(`no answer within ${ms / 1_000} s`),
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(onTimeout()), ms);
  });
  return Promise.race([work, timeout]).finally(() => clearTimeout(timer));
}
