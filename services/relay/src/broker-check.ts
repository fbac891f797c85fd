import type { Publisher } from '@lmt/messaging';

// How long the last result is cached, by outcome.
const CACHE_MS = { available: 15_000, unavailable: 2_000 };

/**
 * Probes the broker of an idle relay. A busy relay notices an outage when it publishes; an idle one
 * would report itself as ready without a broker.
 */
export function createBrokerCheck(
  publisher: Pick<Publisher, 'probe'>,
  monotonicNow = () => performance.now(),
) {
  let cachedUntil = Number.NEGATIVE_INFINITY;
  let reason: string | null = null;
  let probing: Promise<string | null> | null = null;

  function record(result: string | null): string | null {
    reason = result;
    cachedUntil = monotonicNow() + (result === null ? CACHE_MS.available : CACHE_MS.unavailable);
    return result;
  }

  return {
    /** The broker has just acknowledged messages. */
    recordSuccess: () => record(null),
    /** Null while the broker answers; otherwise the reason. Concurrent calls share one probe. */
    async unavailableReason(): Promise<string | null> {
      if (monotonicNow() < cachedUntil) return reason;
      probing ??= publisher
        .probe()
        .then(
          () => record(null),
          (error) => record(error instanceof Error ? error.message : String(error)),
        )
        .finally(() => {
          probing = null;
        });
      return probing;
    },
  };
}
