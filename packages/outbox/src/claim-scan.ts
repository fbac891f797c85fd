/**
 * Where a claim starts to read. The claim reads new messages (`available_at` is '-infinity') by
 * `seq`, and timed messages, which wait for a result or a retry, by due time.
 */
export interface ClaimPosition {
  readonly seq: bigint;
  readonly dueAt: Date;
}

export interface ClaimStart extends ClaimPosition {
  /**
   * Which kind fills the batch first. Claims alternate, so a backlog of one kind cannot starve the
   * other.
   */
  readonly newFirst: boolean;
}

/**
 * The place that a claim reached. Null for a kind that was not read because the other filled the
 * batch.
 */
export interface Reached {
  readonly seq: bigint | null;
  readonly dueAt: Date | null;
}

export const BEGINNING: ClaimPosition = { seq: 0n, dueAt: new Date(0) };

/**
 * Returns the place that a claim reached: the first message of each kind that it claimed, or `end`
 * for a kind without messages. The second kind is not read if the first kind filled the batch.
 */
export function findReached(
  claimed: readonly { readonly seq: bigint; readonly dueAt: Date | null }[],
  {
    newFirst,
    isFull,
    end,
  }: { readonly newFirst: boolean; readonly isFull: boolean; readonly end: ClaimPosition },
): Reached {
  const seqs = claimed.filter(({ dueAt }) => dueAt === null).map(({ seq }) => seq);
  const dueTimes = claimed.map(({ dueAt }) => dueAt).filter((dueAt) => dueAt !== null);
  return {
    seq: seqs.length > 0 ? seqs.reduce(earlier) : newFirst || !isFull ? end.seq : null,
    dueAt: dueTimes.length > 0 ? dueTimes.reduce(earlier) : !newFirst || !isFull ? end.dueAt : null,
  };
}

const earlier = <P extends bigint | Date>(a: P, b: P): P => (a < b ? a : b);

/** A completed read of one kind of messages. */
interface Pass<P> {
  readonly startedAt: number;
  readonly endedAt: number;
  readonly reached: P;
}

/**
 * Remembers how far one kind of messages was claimed. The reference claim is the last one that
 * ended `marginMs` before the latest claim began. The next claim starts at the earliest place that
 * the reference claim or a later claim reached, or before it.
 *
 * A transaction assigns `seq` and due time before it commits, so a message may appear behind others
 * that were claimed already. If it commits within `marginMs`, the next claim still finds it. If the
 * latest claim could not see the message, the message was written after the reference claim ended,
 * so it is not before the place that the reference claim reached. The last two claims count too, so
 * the next claim finds messages that were claimed but not published, and later ones of their keys,
 * although the relay claims ahead while the last batch is recorded.
 */
function createMark<P extends bigint | Date>(beginning: P, marginMs: number) {
  // From the reference claim to the latest one, without claims that reached a later place than a
  // claim after them. The first therefore has the earliest place.
  const passes: Pass<P>[] = [{ startedAt: -Infinity, endedAt: -Infinity, reached: beginning }];
  return {
    next: (): P => (passes[0] as Pass<P>).reached,
    record(pass: Pass<P>): void {
      const settledAt = pass.startedAt - marginMs;
      while ((passes[1]?.endedAt ?? Infinity) <= settledAt) passes.shift();
      while ((passes.at(-1)?.reached ?? pass.reached) > pass.reached) passes.pop();
      passes.push(pass);
    },
  };
}

export interface ClaimScanOptions {
  readonly monotonicNow: () => number;
  /** A message that commits within this time after it was written is claimed without delay. */
  readonly marginMs?: number;
  /** How often claims are complete, if that takes little time. */
  readonly completeEveryMs?: number;
}

// Each claim reads the dead entries of this time. At 200 messages a second under a snapshot, 3 s
// instead of 0.5 s made a message's claim read 431 instead of 118 pages. Almost every transaction
// takes less from the INSERT of a message to its commit. Otherwise a complete claim follows.
const MARGIN_MS = 500;
const COMPLETE_EVERY_MS = 250;
// The pause after a complete claim, as a multiple of its duration. With 100,000 dead entries a
// complete claim takes 0.1 s, so messages that only it finds wait up to 5 s. The limit is for claims
// that a stalled database delays, not dead entries.
const COMPLETE_CLAIM_REST = 49;
const LONGEST_REST_MS = 10_000;

export type ClaimScan = ReturnType<typeof createClaimScan>;

/**
 * Remembers how far a relay has claimed. While a transaction holds an old snapshot, every finished
 * message leaves dead entries at the front of `outbox_due_idx`. A claim that starts at the front
 * reads all of them.
 *
 * A claim that starts later misses earlier messages: with a late commit, an expired lease of
 * another relay, or a due time of a wrong clock. A complete claim finds them, because it reads the
 * whole index. The next claim is complete on request, or if no claim was complete for
 * `completeEveryMs`. Complete claims take at most a fiftieth of the time, unless each takes long.
 */
export function createClaimScan({
  monotonicNow,
  marginMs = MARGIN_MS,
  completeEveryMs = COMPLETE_EVERY_MS,
}: ClaimScanOptions) {
  const seq = createMark(BEGINNING.seq, marginMs);
  const dueAt = createMark(BEGINNING.dueAt, marginMs);
  let newFirst = false;
  let completeRequested = false;
  let isOwed = false;
  let completeDueAt = monotonicNow() + completeEveryMs;
  let completeAllowedAt = monotonicNow();

  return {
    requestComplete(): void {
      completeRequested = true;
    },
    /**
     * Returns in how many milliseconds a complete claim must follow even without new messages, or
     * null if the last claim was complete. A claim for a new message usually is complete before that.
     */
    completeInMs(): number | null {
      if (!isOwed && !completeRequested) return null;
      const dueAt = completeRequested
        ? completeAllowedAt
        : Math.max(completeDueAt, completeAllowedAt) + completeEveryMs;
      return Math.max(Math.ceil(dueAt - monotonicNow()), 0);
    },
    /** Calls `claim` with the place to start at and records the place that it reached. */
    async claim<T extends { readonly reached: Reached }>(
      claim: (start: ClaimStart) => Promise<T>,
    ): Promise<T> {
      const startedAt = monotonicNow();
      const isWanted = completeRequested || startedAt >= completeDueAt;
      const isComplete = isWanted && startedAt >= completeAllowedAt;
      if (isComplete) completeRequested = false;
      newFirst = !newFirst;
      const position = isComplete ? BEGINNING : { seq: seq.next(), dueAt: dueAt.next() };
      try {
        const result = await claim({ ...position, newFirst });
        const { reached } = result;
        const endedAt = monotonicNow();
        if (reached.seq !== null) seq.record({ startedAt, endedAt, reached: reached.seq });
        if (reached.dueAt !== null) dueAt.record({ startedAt, endedAt, reached: reached.dueAt });
        if (isComplete && (reached.seq === null || reached.dueAt === null)) completeRequested = true;
        return result;
      } finally {
        const endedAt = monotonicNow();
        isOwed = !isComplete;
        if (isComplete) {
          completeDueAt = endedAt + completeEveryMs;
          completeAllowedAt =
            endedAt + Math.min(COMPLETE_CLAIM_REST * (endedAt - startedAt), LONGEST_REST_MS);
        }
      }
    },
  };
}
