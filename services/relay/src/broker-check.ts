import type { Logger, Publisher } from '@lmt/messaging';
import { createOutageLog, type OutageLog } from '@lmt/resilience';

// How long a probe result is cached, by outcome.
const CACHE_MS = { available: 15_000, unavailable: 2_000 };
const FIRST_PROBES_MS = 2_000;
// Shorter outages, such as while a broker starts, are not logged.
const GRACE_MS = 3_000;

/** Creates the log of outages that probes find. */
export function createProbeLog(logger: Logger, receiver: string): OutageLog {
  return createOutageLog({
    onDown: (details) => logger.warn(details, `${receiver} does not answer a probe`),
    onUp: (details) => logger.info(details, `${receiver} answers again`),
    graceMs: GRACE_MS,
  });
}

/**
 * Creates a readiness check that probes the broker while the relay is idle. A busy relay notices an
 * outage when it publishes. Without a probe, an idle relay would report itself as ready.
 */
export function createBrokerCheck(
  publisher: Pick<Publisher, 'probe'>,
  outage: OutageLog,
  monotonicNow = () => performance.now(),
) {
  let cachedUntil = Number.NEGATIVE_INFINITY;
  let reason: string | null = null;
  let probing: Promise<string | null> | null = null;

  function record(result: string | null): string | null {
    reason = result;
    outage.report(result);
    cachedUntil = monotonicNow() + (result === null ? CACHE_MS.available : CACHE_MS.unavailable);
    return result;
  }

  return {
    /** Records that the broker has just acknowledged messages or answered a probe. */
    recordSuccess: () => record(null),
    /** Returns null if the broker answers, else the reason. Concurrent calls share one probe. */
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

/**
 * Probes the broker until its first answer, so that wrong settings are logged before the first
 * message and the first request of /readyz. Returns a function that ends the probes.
 */
export function probeUntilAvailable(unavailableReason: () => Promise<string | null>): () => void {
  const timer = setInterval(async () => {
    if ((await unavailableReason()) === null) clearInterval(timer);
  }, FIRST_PROBES_MS);
  return () => clearInterval(timer);
}
