import { type Backoff, backoffMs, createStallDetector } from '@lmt/resilience';
import { type BatchReport, type PublishBatchOptions, publishBatch } from './publish-batch.js';

/** Observes the publish loop, for logs and metrics. Must not throw. */
export interface PublishObserver {
  /** Also called for a claim that found nothing, which shows that the database answers. */
  batchPublished?(report: BatchReport): void;
  brokerUnavailable?(reason: string): void;
  brokerAvailable?(downForMs: number): void;
  /** The batch was not recorded. The loop backs off and claims again. */
  databaseFailed?(error: unknown): void;
}

export interface PublishLoopOptions extends PublishBatchOptions {
  readonly observer: PublishObserver;
  /** A batch that takes longer, or fails for longer, counts as stalled. */
  readonly stallMs: number;
  readonly monotonicNow: () => number;
  /** Resolves after `ms`, or at once when the signal aborts. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

export type PublishLoop = ReturnType<typeof createPublishLoop>;

// How often an unreachable broker or database is probed. No row is touched meanwhile.
const PROBE_BACKOFF: Backoff = { baseMs: 200, capMs: 5_000 };

// After a partial batch the relay pauses for as long as the batch took, but at most
// LONGEST_REST_MS, and starts claims at least CLAIM_INTERVAL_MS apart. Under load each claim then
// takes the messages that gathered meanwhile: fewer and larger batches here, at the broker, at the
// consumer and in its callbacks. A claim after a full batch does not wait, nor does the first one
// after an idle time.
const CLAIM_INTERVAL_MS = 10;
const LONGEST_REST_MS = 50;

/**
 * The publish loop. `wake` starts it unless it runs; it continues until a claim finds nothing, then
 * idles until the next `wake`. A `wake` during a run makes it claim once more, so no signal is lost
 * between an empty claim and the idle state.
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
      // In the same turn as the check of `signalled`, so a wake-up comes before both or after both.
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

  /** Continues without a wake-up, because the next one may be far away. */
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
    // A broker that answers probes but stores no messages (a partition without a leader) would get
    // the same rows again at once, so the pause grows with each such batch.
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
    /** Claims soon, because a message may be due. Never blocks and is cheap to call often. */
    wake(): void {
      signalled = true;
      if (busy || stopping.signal.aborted) return;
      busy = true;
      running = publishAllDue();
    },
    /** Why the broker cannot be reached, or null. */
    unavailableReason: (): string | null => unavailable,
    /** Why publishing makes no progress although the broker may answer, or null. */
    stallReason: stallDetector.stallReason,
    /** Resolves once the batch in flight is recorded. */
    async stop(): Promise<void> {
      stopping.abort();
      await running;
    },
  };
}

function restMs(tookMs: number): number {
  return Math.min(Math.max(tookMs, CLAIM_INTERVAL_MS - tookMs), LONGEST_REST_MS);
}
