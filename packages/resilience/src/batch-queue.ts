export interface BatchQueueOptions<T, R> {
  /** Maximum number of items in one batch. */
  readonly maxItems: number;
  /** Maximum number of waiting items. */
  readonly maxWaiting: number;
  /** Maximum weight of one batch, by `weigh`. A heavier item gets a batch of its own. */
  readonly maxWeight?: number;
  /** Maximum weight of all waiting items, by `weigh`. Bounds the memory that they use. */
  readonly maxWaitingWeight?: number;
  readonly weigh?: (item: T) => number;
  readonly deadline?: Deadline<T>;
  /**
   * Returns one outcome per item, in the order given. A rejection fails the whole batch.
   *
   * `process` must call `claim` with the affected items right before an effect becomes final, such
   * as before COMMIT. Claimed items are answered with their true outcome, even after their
   * deadline. If an item has been abandoned, `claim` throws an AbandonedError. `process` must then
   * roll back and rethrow it, and the queue processes the rest of the batch again.
   */
  readonly process: (
    items: readonly T[],
    claim: (items: readonly T[]) => void,
  ) => Promise<readonly PromiseSettledResult<R>[]>;
}

/**
 * A time limit for the answer to each item. At its deadline a waiting or running item is abandoned:
 * it is rejected and never takes effect. Only a claimed item is answered later.
 */
export interface Deadline<T> {
  /**
   * From `submit`. An item that waits for half of this time is rejected with an OverloadedError.
   */
  readonly ms: number;
  /** Returns the error for an item that is rejected at its deadline. */
  readonly toError: (item: T) => Error;
  /**
   * Whether a retry of the item finds the effect of the first attempt. Such an item is also
   * rejected at its deadline, but not abandoned. If it is running, it may still take effect.
   */
  readonly isRepeatable: (item: T) => boolean;
}

export interface BatchQueue<T, R> {
  /**
   * Settles with the item's own outcome. Rejects with an OverloadedError if too many items wait or
   * the item waited too long. A rejected item never takes effect.
   */
  submit(item: T): Promise<R>;
  /** Resolves when no item is waiting or being processed. */
  drain(): Promise<void>;
}

/** Too many items waited, or this one waited too long. It was not processed and may be retried. */
export class OverloadedError extends Error {
  override readonly name = 'OverloadedError';
}

/** An item of the batch was rejected at its deadline, so it must not take effect. */
export class AbandonedError extends Error {
  override readonly name = 'AbandonedError';
}

interface Entry<T, R> {
  readonly item: T;
  readonly weight: number;
  readonly since: number;
  state: 'waiting' | 'running' | 'claimed' | 'abandoned';
  readonly resolve: (value: R) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Group commit: items that arrive while a batch is being processed share the next batch. One batch
 * is processed at a time, in order of arrival.
 *
 * There is no timer before a batch. If the queue is idle, an item is processed at the end of the
 * event-loop turn in which it arrived, together with the other items of that turn. Items are held
 * in memory only. Items that are lost when the process dies were never acknowledged.
 */
export function createBatchQueue<T, R>(options: BatchQueueOptions<T, R>): BatchQueue<T, R> {
  const { maxItems, maxWaiting, weigh = () => 0, deadline, process } = options;
  const { maxWeight = Number.POSITIVE_INFINITY, maxWaitingWeight = Number.POSITIVE_INFINITY } = options;
  const waiting: Entry<T, R>[] = [];
  let waitingWeight = 0;
  let running = false;
  let onDrained: (() => void)[] = [];

  function removeWaiting(start: number, count: number): readonly Entry<T, R>[] {
    const removed = waiting.splice(start, count);
    for (const { weight } of removed) waitingWeight -= weight;
    return removed;
  }

  function rejectOverdue({ ms }: Deadline<T>): void {
    const earliest = performance.now() - ms / 2;
    const inTime = waiting.findIndex(({ since }) => since >= earliest);
    for (const { reject } of removeWaiting(0, inTime < 0 ? waiting.length : inTime))
      reject(new OverloadedError(`the item waited for more than ${ms / 2_000} s`));
  }

  function takeBatch(): readonly Entry<T, R>[] {
    let sum = 0;
    const tooHeavy = waiting.findIndex(({ weight }, index) => {
      sum += weight;
      return index === maxItems || (index > 0 && sum > maxWeight);
    });
    return removeWaiting(0, tooHeavy < 0 ? waiting.length : tooHeavy);
  }

  function expire(entry: Entry<T, R>, { toError, isRepeatable }: Deadline<T>): void {
    if (entry.state === 'claimed') return;
    if (entry.state === 'waiting') removeWaiting(waiting.indexOf(entry), 1);
    else if (!isRepeatable(entry.item)) entry.state = 'abandoned';
    entry.reject(toError(entry.item));
  }

  async function processBatch(batch: readonly Entry<T, R>[]): Promise<void> {
    const claim = (items: readonly T[]) => {
      const claimed = new Set(items);
      const entries = batch.filter(({ item }) => claimed.has(item));
      if (entries.some(({ state }) => state === 'abandoned')) throw new AbandonedError('deadline passed');
      for (const entry of entries) entry.state = 'claimed';
    };
    const outcomes = await process(
      batch.map(({ item }) => item),
      claim,
    );
    if (outcomes.length !== batch.length) {
      throw new Error(`a batch of ${batch.length} items got ${outcomes.length} outcomes`);
    }
    outcomes.forEach((outcome, index) => {
      if (outcome.status === 'fulfilled') batch[index]?.resolve(outcome.value);
      else batch[index]?.reject(outcome.reason);
    });
  }

  async function run(): Promise<void> {
    let rest: readonly Entry<T, R>[] = [];
    for (;;) {
      if (rest.length === 0) {
        if (deadline) rejectOverdue(deadline);
        rest = takeBatch();
        if (rest.length === 0) break;
        for (const entry of rest) entry.state = 'running';
      }
      const batch = rest;
      rest = [];
      try {
        await processBatch(batch);
      } catch (error) {
        const inTime = batch.filter(({ state }) => state !== 'abandoned');
        if (error instanceof AbandonedError && inTime.length < batch.length) rest = inTime;
        else for (const { reject } of batch) reject(error);
      }
    }
    running = false;
    for (const resolve of onDrained) resolve();
    onDrained = [];
  }

  return {
    submit(item) {
      const weight = weigh(item);
      if (waiting.length >= maxWaiting || waitingWeight + weight > maxWaitingWeight) {
        return Promise.reject(new OverloadedError(`${waiting.length} items are waiting`));
      }
      if (!running) {
        running = true;
        // setImmediate rather than a microtask: Node reads several sockets in one turn of the loop
        // but runs the microtasks after each one, so a microtask would batch a single request.
        setImmediate(run);
      }
      let timer: NodeJS.Timeout | undefined;
      const outcome = new Promise<R>((resolve, reject) => {
        const since = performance.now();
        const entry: Entry<T, R> = { item, weight, since, state: 'waiting', resolve, reject };
        waiting.push(entry);
        waitingWeight += weight;
        if (deadline) timer = setTimeout(expire, deadline.ms, entry, deadline);
      });
      return outcome.finally(() => clearTimeout(timer));
    },
    drain: () => (running ? new Promise((resolve) => onDrained.push(resolve)) : Promise.resolve()),
  };
}
