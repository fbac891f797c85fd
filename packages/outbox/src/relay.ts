import { type BatchReport, type PublishBatchOptions, publishBatch } from './publish-batch.js';
import { backoffMs } from './retry-policy.js';

/** Told of what the relay does, for logs and metrics. Must not throw. */
export interface RelayObserver {
  /** Also of a claim that found nothing: the database answers. */
  batchPublished(report: BatchReport): void;
  brokerUnavailable(reason: string): void;
  brokerAvailable(downForMs: number): void;
  databaseFailed(error: unknown): void;
}

export interface RelayOptions extends PublishBatchOptions {
  readonly observer: RelayObserver;
  /** Milliseconds that never run backwards. */
  readonly monotonicNow: () => number;
  /** Resolves after `ms`, or at once when the signal aborts. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface Relay {
  /** There may be something to publish. Cheap, never blocks, may be called at any time and often. */
  wake(): void;
  /** Why the broker can't be reached, or null. */
  unavailableBecause(): string | null;
  /** How long the batch in hand has been under way, or failing again and again, in milliseconds; 0 at rest. */
  underWayMs(): number;
  /** Ends after the batch in hand was recorded. */
  stop(): Promise<void>;
}

// While the broker or the database is away it is asked at this pace; no row is touched meanwhile.
const PROBE_POLICY = { resultDeadlineMs: 0, baseMs: 200, capMs: 5_000 };

// After a batch the relay rests as long as the batch took, and no longer than the second of these;
// claims are at least the first of them apart. So under load each takes what gathered meanwhile: fewer and larger batches here, at the broker, at the consumer and in
// its answers. The first claim after a rest waits for nothing, nor does one after a full batch.
const CLAIM_INTERVAL_MS = 10;
const LONGEST_REST_MS = 50;

/**
 * The publish loop. `wake` starts it unless it runs; it goes on until a claim finds nothing, then
 * rests until the next `wake`. A signal that comes while it runs makes it look once more, so none is
 * lost between an empty claim and the rest.
 */
export function createRelay(options: RelayOptions): Relay {
  const { observer, publisher, random, monotonicNow, sleep } = options;
  const stopping = new AbortController();
  let signalled = false;
  let busy = false;
  let running: Promise<void> = Promise.resolve();
  let unavailable: string | null = null;
  let outagesInARow = 0;
  let databaseFailuresInARow = 0;
  let nextClaimAt = monotonicNow();
  let batchSince: number | null = null;

  async function publishAllDue(): Promise<void> {
    try {
      while (signalled && !stopping.signal.aborted) {
        signalled = false;
        await publishUntilNothingIsDue().catch(waitForDatabase);
      }
    } finally {
      // In the same turn as the look at `signalled`: a wake-up comes before or after both.
      busy = false;
    }
  }

  async function publishUntilNothingIsDue(): Promise<void> {
    while (!stopping.signal.aborted) {
      await sleepUntil(nextClaimAt);
      if (stopping.signal.aborted) return;
      const claimedAt = monotonicNow();
      batchSince ??= claimedAt;
      const report = await publishBatch(options);
      batchSince = null;
      databaseFailuresInARow = 0;
      const tookMs = monotonicNow() - claimedAt;
      nextClaimAt = monotonicNow() + (report.claimed < options.batchSize ? restMs(tookMs) : 0);
      observer.batchPublished(report);
      if (report.claimed === 0) return;
      if (report.unavailable === null) outagesInARow = 0;
      else await waitForBroker(report.unavailable);
    }
  }

  async function sleepUntil(time: number): Promise<void> {
    const ms = time - monotonicNow();
    if (ms > 0) await sleep(ms, stopping.signal);
  }

  /** Without waiting for a wake-up: what was left unfinished may be the last for a long time. */
  async function waitForDatabase(error: unknown): Promise<void> {
    observer.databaseFailed(error);
    databaseFailuresInARow += 1;
    signalled = true;
    await sleep(backoffMs(PROBE_POLICY, databaseFailuresInARow, random()), stopping.signal);
  }

  async function waitForBroker(reason: string): Promise<void> {
    const since = monotonicNow();
    unavailable = reason;
    outagesInARow += 1;
    observer.brokerUnavailable(reason);
    // A broker that answers probes but takes no messages (a partition without a leader) is not
    // handed the same rows again and again: the pause grows with each such batch.
    for (let step = outagesInARow; ; step++) {
      await sleep(backoffMs(PROBE_POLICY, step, random()), stopping.signal);
      if (stopping.signal.aborted) return;
      try {
        await publisher.probe();
        break;
      } catch (error) {
        unavailable = error instanceof Error ? error.message : String(error);
      }
    }
    unavailable = null;
    observer.brokerAvailable(monotonicNow() - since);
  }

  return {
    wake() {
      signalled = true;
      if (busy || stopping.signal.aborted) return;
      busy = true;
      running = publishAllDue();
    },
    unavailableBecause: () => unavailable,
    underWayMs: () => (batchSince === null ? 0 : monotonicNow() - batchSince),
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

function restMs(tookMs: number): number {
  return Math.min(Math.max(tookMs, CLAIM_INTERVAL_MS - tookMs), LONGEST_REST_MS);
}
