/** What became of one item of a batch; the shape of `Promise.allSettled`'s results. */
export type Outcome<R> = PromiseSettledResult<R>;

export interface BatchQueueOptions<T, R> {
  /** Most items in one batch. */
  readonly maxItems: number;
  /** Most batches being processed at the same time. */
  readonly slots: number;
  /** Most items waiting for a slot; above it `submit` rejects. */
  readonly maxWaiting: number;
  /** Most weight in one batch, by `weigh`; an item heavier than that has a batch of its own. */
  readonly maxWeight?: number;
  readonly weigh?: (item: T) => number;
  /** Longest wait for a slot: what has waited longer is rejected unprocessed. By default none is too long. */
  readonly maxWaitMs?: number;
  /** Milliseconds that never run backwards. */
  readonly monotonicNow?: () => number;
  /** Processes a batch; one outcome an item, in the order given. Rejecting fails the whole batch. */
  readonly process: (items: readonly T[]) => Promise<readonly Outcome<R>[]>;
}

export interface BatchQueue<T, R> {
  /**
   * Resolves or rejects with the item's own outcome.
   * @throws OverloadedError (as a rejection) when `maxWaiting` items wait already, or this one waited for
   * longer than `maxWaitMs`
   */
  submit(item: T): Promise<R>;
  /** Items waiting for a slot. */
  readonly size: number;
  /** Resolves when nothing waits and nothing is being processed. */
  drain(): Promise<void>;
}

/** Too many items wait already, or this one did for too long: try again later. It was not processed. */
export class OverloadedError extends Error {
  readonly code = 'OVERLOADED';
  override readonly name = 'OverloadedError';
}

interface Waiting<T, R> {
  readonly item: T;
  readonly since: number;
  readonly resolve: (value: R) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Group commit: what arrives while all slots are taken shares the next batch.
 *
 * There is no timer: with a slot free an item leaves at the end of the event loop's turn in which it came,
 * with whatever else came in that turn. Items leave in order of arrival; with one slot they are also
 * processed in it. Nothing is kept on disk: what waits when the process dies was never acknowledged.
 */
export function createBatchQueue<T, R>(options: BatchQueueOptions<T, R>): BatchQueue<T, R> {
  const { maxItems, slots, maxWaiting, maxWeight = Number.POSITIVE_INFINITY, weigh, process } = options;
  const { maxWaitMs = Number.POSITIVE_INFINITY, monotonicNow = () => performance.now() } = options;
  let waiting: Waiting<T, R>[] = [];
  let running = 0;
  let flushScheduled = false;
  let onDrained: (() => void)[] = [];

  function rejectOverdue(): void {
    const now = monotonicNow();
    // The oldest come first.
    const inTime = waiting.findIndex(({ since }) => now - since <= maxWaitMs);
    const overdue = inTime === 0 ? [] : waiting.splice(0, inTime < 0 ? waiting.length : inTime);
    for (const { reject } of overdue)
      reject(new OverloadedError(`it waited for more than ${maxWaitMs / 1_000} s`));
  }

  function takeBatch(): Waiting<T, R>[] {
    let count = Math.min(waiting.length, maxItems);
    if (weigh) {
      let weight = 0;
      for (let index = 0; index < count; index += 1) {
        weight += weigh((waiting[index] as Waiting<T, R>).item);
        if (weight > maxWeight) count = Math.max(index, 1);
      }
    }
    const batch = waiting.slice(0, count);
    waiting = waiting.slice(count);
    return batch;
  }

  async function run(batch: readonly Waiting<T, R>[]): Promise<void> {
    try {
      const outcomes = await process(batch.map(({ item }) => item));
      if (outcomes.length !== batch.length) {
        throw new Error(`a batch of ${batch.length} items got ${outcomes.length} outcomes`);
      }
      outcomes.forEach((outcome, index) => {
        const { resolve, reject } = batch[index] as Waiting<T, R>;
        if (outcome.status === 'fulfilled') resolve(outcome.value);
        else reject(outcome.reason);
      });
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
    running -= 1;
    flush();
    if (running === 0 && waiting.length === 0) {
      for (const resolve of onDrained) resolve();
      onDrained = [];
    }
  }

  function flush(): void {
    flushScheduled = false;
    rejectOverdue();
    while (running < slots && waiting.length > 0) {
      running += 1;
      void run(takeBatch());
    }
  }

  return {
    submit(item) {
      if (waiting.length >= maxWaiting) {
        return Promise.reject(new OverloadedError(`${waiting.length} items wait already`));
      }
      // setImmediate and not a microtask: requests of several sockets are read in one turn of the loop,
      // each with a microtask checkpoint of its own.
      if (!flushScheduled && running < slots) {
        flushScheduled = true;
        setImmediate(flush);
      }
      return new Promise<R>((resolve, reject) => {
        waiting.push({ item, since: monotonicNow(), resolve, reject });
      });
    },
    get size() {
      return waiting.length;
    },
    drain() {
      if (running === 0 && waiting.length === 0) return Promise.resolve();
      return new Promise((resolve) => onDrained.push(resolve));
    },
  };
}
