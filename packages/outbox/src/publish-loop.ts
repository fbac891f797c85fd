import { type Backoff, backoffMs, createStallDetector } from '@lmt/resilience';
import { type BatchReport, type PublishBatchOptions, publishBatch } from './publish-batch.js';

/** Observes the publish loop, for logs and metrics. Must not throw. */
export interface PublishObserver {
  /** Also called after an empty claim, which shows that the database answers. */
  batchPublished?(report: BatchReport): void;
  brokerUnavailable?(reason: string): void;
  brokerAvailable?(downForMs: number): void;
  /** A claim or its record failed. The loop backs off and claims again. */
  databaseFailed?(error: unknown): void;
}

export interface PublishLoopOptions extends PublishBatchOptions {
  readonly observer: PublishObserver;
  /** Publishing counts as stalled once it has been slow or failing for longer than this. */
  readonly stallMs: number;
  readonly monotonicNow: () => number;
  /** Resolves after `ms`, or at once when the signal aborts. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

export type PublishLoop = ReturnType<typeof createPublishLoop>;

// Back-off between probes of an unreachable broker or database. No row changes meanwhile.
const PROBE_BACKOFF: Backoff = { baseMs: 200, capMs: 5_000 };

// After a partial batch the relay pauses for as long as the batch took, but at most
// LONGEST_REST_MS. It starts claims at least CLAIM_INTERVAL_MS apart. Under load, messages gather
// during the pause, so the relay, broker, consumer and callbacks handle fewer and larger batches.
// The relay does not pause after a full batch or before the first claim after an idle time.
const CLAIM_INTERVAL_MS = 10;
const LONGEST_REST_MS = 50;

/**
 * Creates the publish loop. `wake` starts a run, which publishes batches until a claim finds
 * nothing. A `wake` during a run makes the loop claim once more, so no signal between an empty
 * claim and the end of the run is lost.
 */
export function createPublishLoop(options: PublishLoopOptions) {
  const { observer, publisher, random, stallMs, monotonicNow, sleep } = options;
  const stopping = new AbortController();
  const stallDetector = createStallDetector({ activity: 'publishing', stallMs, monotonicNow });
  let signalled = false;
  let busy = false;
  let running: Promise<void> = Promise.resolve();
  let unavailable: string | null = null;
  let outagesInARow = 0;
  let databaseFailuresInARow = 0;
  let nextClaimAt = monotonicNow();

  async function publishAllDue(): Promise<void> {
    try {
      while (signalled && !stopping.signal.aborted) {
        signalled = false;
        await publishUntilNothingIsDue().catch(waitForDatabase);
      }
    } finally {
      // Runs in the same turn as the last check of `signalled`, so no wake-up can fall between the
      // two.
      busy = false;
    }
  }

  async function publishUntilNothingIsDue(): Promise<void> {
    while (!stopping.signal.aborted) {
      await sleepUntil(nextClaimAt);
      if (stopping.signal.aborted) return;
      const claimedAt = monotonicNow();
      const report = await stallDetector.track(() => publishBatch(options));
      databaseFailuresInARow = 0;
      const tookMs = monotonicNow() - claimedAt;
      nextClaimAt = monotonicNow() + (report.claimed < options.batchSize ? restMs(tookMs) : 0);
      observer.batchPublished?.(report);
      if (report.claimed === 0) return;
      if (report.unavailable === null) outagesInARow = 0;
      else await waitForBroker(report.unavailable);
    }
  }

  async function sleepUntil(time: number): Promise<void> {
    const ms = time - monotonicNow();
    if (ms > 0) await sleep(ms, stopping.signal);
  }

  /** Backs off, then lets the loop continue without waiting for the next wake-up. */
  async function waitForDatabase(error: unknown): Promise<void> {
    observer.databaseFailed?.(error);
    databaseFailuresInARow += 1;
    signalled = true;
    await sleep(backoffMs(PROBE_BACKOFF, databaseFailuresInARow, random()), stopping.signal);
  }

  async function waitForBroker(reason: string): Promise<void> {
    const since = monotonicNow();
    unavailable = reason;
    outagesInARow += 1;
    observer.brokerUnavailable?.(reason);
    // A broker may answer probes but store no messages, for example without a partition leader. The
    // pause therefore grows with each failed batch, so that the batch is not retried at once.
    for (let step = outagesInARow; ; step++) {
      await sleep(backoffMs(PROBE_BACKOFF, step, random()), stopping.signal);
      if (stopping.signal.aborted) return;
      try {
        await publisher.probe();
        break;
      } catch (error) {
        unavailable = error instanceof Error ? error.message : String(error);
      }
    }
    unavailable = null;
    observer.brokerAvailable?.(monotonicNow() - since);
  }

  return {
    /** Makes the loop claim soon. Never blocks and may be called often. */
    wake(): void {
      signalled = true;
      if (busy || stopping.signal.aborted) return;
      busy = true;
      running = publishAllDue();
    },
    /** Returns why the broker cannot be reached, or null. */
    unavailableReason: (): string | null => unavailable,
    /** Returns why publishing makes no progress, even if the broker answers, or null. */
    stallReason: stallDetector.stallReason,
    /** Stops the loop. Resolves once the batch in flight is recorded. */
    async stop(): Promise<void> {
      stopping.abort();
      await running;
    },
  };
}

function restMs(tookMs: number): number {
  return Math.min(Math.max(tookMs, CLAIM_INTERVAL_MS - tookMs), LONGEST_REST_MS);
}
