import { type Backoff, backoffMs, createOutageLog, withTimeout } from '@lmt/resilience';
import type { Logger } from '../../port.js';
import { type OutboundRecord, recordSize } from '../publish/outbound-record.js';
import { type DeadRecord, toDeadLetterRecord } from './dead-letter-queue.js';

export interface HeldRecordsOptions {
  readonly deadLetterTopic: string;
  /** Stores the records in the dead-letter topic. Returns null or the reason, for each record. */
  readonly park: (records: readonly OutboundRecord[]) => Promise<readonly (string | null)[]>;
  readonly logger: Logger;
  readonly limits?: { readonly count: number; readonly bytes: number };
  readonly backoff?: Backoff;
  readonly patienceMs?: number;
  /** The longest time from a batch to its commit. */
  readonly commitIntervalMs?: number;
}

interface HeldRecord {
  readonly partition: string;
  readonly offset: bigint;
  readonly reason: string;
  readonly bytes: number;
  readonly outbound: OutboundRecord;
}

interface Progress {
  /** The offset behind the last processed batch. */
  readonly next: bigint;
  readonly commit: (offset: string) => Promise<void>;
}

/** A container of 384 MB must hold these records in addition to the batches in progress. */
const LIMITS = { count: 1_000, bytes: 16_000_000 };
const BACKOFF: Backoff = { baseMs: 1_000, capMs: 15_000 };
/** The dead-letter topic usually answers within milliseconds. */
const PATIENCE_MS = 2_000;
// A commit per batch would cost as much as a message at low rates: a request, its reply and a record
// in the broker. Uncommitted messages are redelivered after a crash, and the inbox removes them.
const COMMIT_INTERVAL_MS = 1_000;
/** A rebalance makes commits fail for about this long. */
const COMMIT_GRACE_MS = 10_000;

export type HeldRecords = ReturnType<typeof createHeldRecords>;

/**
 * Holds dead letters in memory until the dead-letter topic has stored them. The partition
 * continues, but its committed offset stays at the first held record. If the process dies, the
 * group redelivers all records from that offset, and the inbox removes the duplicates.
 */
export function createHeldRecords(options: HeldRecordsOptions) {
  const { deadLetterTopic, park, logger } = options;
  const { limits = LIMITS, backoff = BACKOFF, patienceMs = PATIENCE_MS } = options;
  const { commitIntervalMs = COMMIT_INTERVAL_MS } = options;
  const held = new Map<string, HeldRecord>();
  const progress = new Map<string, Progress>();
  const uncommitted = new Set<string>();
  let nextCommit: NodeJS.Timeout | undefined;
  let closing = false;
  let heldBytes = 0;
  let generation = 0;
  let problem: string | null = null;
  let failures = 0;
  let parking: Promise<void> | null = null;
  let retry: NodeJS.Timeout | undefined;
  let stopped = false;
  const outage = createOutageLog({
    onDown: (details) =>
      logger.warn(details, 'dead letters cannot be stored; they are held in memory and retried'),
    onUp: (details) => logger.info(details, 'dead letters are stored again'),
  });
  const commitOutage = createOutageLog({
    onDown: (details) => logger.warn(details, 'offsets cannot be committed; a restart redelivers messages'),
    onUp: (details) => logger.info(details, 'offsets are committed again'),
    graceMs: COMMIT_GRACE_MS,
  });

  const fits = ({ bytes }: HeldRecord) =>
    held.size === 0 || (held.size < limits.count && heldBytes + bytes <= limits.bytes);

  function release(position: string, { bytes }: HeldRecord): void {
    if (held.delete(position)) heldBytes -= bytes;
  }

  /** The offset up to which the partition may be committed. */
  function committable(partition: string, { next }: Progress): bigint {
    let lowest = next;
    for (const one of held.values()) {
      if (one.partition === partition && one.offset < lowest) lowest = one.offset;
    }
    return lowest;
  }

  async function commit(partition: string): Promise<void> {
    const reached = progress.get(partition);
    uncommitted.delete(partition);
    try {
      if (reached !== undefined) await reached.commit(String(committable(partition, reached)));
      commitOutage.report(null);
    } catch (error) {
      // A rebalance has meanwhile replaced or removed the progress of a partition that moved.
      if (progress.get(partition) === reached) commitLater(partition);
      commitOutage.report(error instanceof Error ? error.message : String(error));
    }
  }

  function commitLater(partition: string): void {
    if (stopped) return;
    uncommitted.add(partition);
    nextCommit ??= setTimeout(commitAll, commitIntervalMs);
  }

  async function commitSoon(partition: string): Promise<void> {
    if (closing) await commit(partition);
    else commitLater(partition);
  }

  async function commitAll(): Promise<void> {
    clearTimeout(nextCommit);
    nextCommit = undefined;
    await Promise.all([...uncommitted].map(commit));
  }

  async function parkAll(): Promise<void> {
    while (held.size > 0 && !stopped) {
      const started = generation;
      const round = [...held];
      const reasons = await park(round.map(([, { outbound }]) => outbound)).catch((error) =>
        round.map(() => (error instanceof Error ? error.message : String(error))),
      );
      // After a rebalance, the group redelivers these records.
      if (stopped || generation !== started) continue;
      const partitions = new Set<string>();
      round.forEach(([position, one], at) => {
        if (reasons[at] !== null) return;
        release(position, one);
        partitions.add(one.partition);
        logger.warn({ position, reason: one.reason }, 'dead letter parked');
      });
      for (const partition of partitions) void commitSoon(partition);
      problem = reasons.find((reason) => reason !== null) ?? null;
      outage.report(problem, { topic: deadLetterTopic, held: held.size });
      if (problem !== null) {
        failures += 1;
        retry = setTimeout(startParking, backoffMs(backoff, failures, Math.random()));
        return;
      }
      failures = 0;
    }
  }

  function startParking(): Promise<void> {
    clearTimeout(retry);
    parking ??= parkAll().finally(() => {
      parking = null;
    });
    return parking;
  }

  /** Waits briefly for the dead-letter topic, unless its last attempt failed. */
  async function settle(): Promise<void> {
    if (problem === null) await withTimeout(startParking(), patienceMs).catch(() => undefined);
  }

  return {
    count: () => held.size,
    /**
     * Takes over the dead letters of one batch. Usually resolves when they are stored.
     *
     * @throws if too many dead letters are held. The batch must then be redelivered.
     */
    async hold(dead: readonly DeadRecord[]): Promise<void> {
      const started = generation;
      for (const one of dead) {
        const partition = `${one.topic}/${one.partition}`;
        const position = `${partition}@${one.record.offset}`;
        if (held.has(position)) continue;
        const outbound = toDeadLetterRecord(one, deadLetterTopic);
        const entry: HeldRecord = {
          partition,
          offset: BigInt(one.record.offset),
          reason: one.reason,
          bytes: recordSize(outbound),
          outbound,
        };
        if (!fits(entry)) await settle();
        if (!fits(entry))
          throw new Error(`${held.size} dead letters wait for ${deadLetterTopic}: ${problem}`);
        if (generation !== started) return;
        held.set(position, entry);
        heldBytes += entry.bytes;
      }
      if (dead.length > 0) await settle();
    },
    /** Commits the partition up to `next`, or up to the first held record, within a second. */
    async advance(partition: string, next: bigint, commitOffset: Progress['commit']): Promise<void> {
      progress.set(partition, { next, commit: commitOffset });
      await commitSoon(partition);
    },
    /** Commits what is processed. From now on, each batch is committed at its end. Never rejects. */
    async commitAtOnce(): Promise<void> {
      closing = true;
      await commitAll();
    },
    /**
     * Forgets the held records after a rebalance. The new owners of the partitions receive the
     * records again, because no offset behind them is committed.
     */
    reset(): void {
      generation += 1;
      held.clear();
      heldBytes = 0;
      progress.clear();
      uncommitted.clear();
      problem = null;
      failures = 0;
      clearTimeout(retry);
    },
    notReadyReason(): string | null {
      if (problem === null) return null;
      return `${held.size} dead letters wait for ${deadLetterTopic}: ${problem}`;
    },
    /** Ends the retries. The group redelivers the records that are still held. */
    stop(): void {
      stopped = true;
      clearTimeout(retry);
      clearTimeout(nextCommit);
    },
  };
}
