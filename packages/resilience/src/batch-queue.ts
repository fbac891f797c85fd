/** Outcome of one item of a batch, in the shape of a `Promise.allSettled` result. */
export type Outcome<R> = PromiseSettledResult<R>;

export interface BatchQueueOptions<T, R> {
  /** Most items in one batch. */
  readonly maxItems: number;
  /** Most items waiting; above it `submit` rejects. */
  readonly maxWaiting: number;
  /** Most weight in one batch, by `weigh`. A heavier item gets a batch of its own. */
  readonly maxWeight?: number;
  readonly weigh?: (item: T) => number;
  /** An item that waited longer than this is rejected unprocessed. Unlimited by default. */
  readonly maxWaitMs?: number;
  readonly monotonicNow?: () => number;
  /** Returns one outcome per item, in the order given. A rejection fails the whole batch. */
  readonly process: (items: readonly T[]) => Promise<readonly Outcome<R>[]>;
}

export interface BatchQueue<T, R> {
  /**
   * Resolves or rejects with the item's own outcome.
   * @throws OverloadedError (as a rejection) when `maxWaiting` items wait already, or this one waited for
   * longer than `maxWaitMs`
   */
  submit(item: T): Promise<R>;
  /** Resolves when nothing waits and nothing is being processed. */
  drain(): Promise<void>;
}

/** Too many items were waiting, or this one waited too long. It was not processed and may be retried. */
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
 * Group commit: items that arrive while a batch is being processed share the next batch. One batch is
 * processed at a time, in order of arrival.
 *
 * There is no timer. While the queue is idle an item leaves at the end of the event-loop turn in which
 * it arrived, together with the other items of that turn. Items are held in memory only: those that
 * wait when the process dies were never acknowledged.
 */
export function createBatchQueue<T, R>(options: BatchQueueOptions<T, R>): BatchQueue<T, R> {
  const { maxItems, maxWaiting, maxWeight = Number.POSITIVE_INFINITY, weigh, process } = options;
  const { maxWaitMs = Number.POSITIVE_INFINITY, monotonicNow = () => performance.now() } = options;
  let waiting: Waiting<T, R>[] = [];
  let running = false;
  let flushScheduled = false;
  let onDrained: (() => void)[] = [];

  function rejectOverdue(): void {
    const now = monotonicNow();
    const inTime = waiting.findIndex(({ since }) => now - since <= maxWaitMs);
    const overdue = inTime === 0 ? [] : waiting.splice(0, inTime < 0 ? waiting.length : inTime);
    for (const { reject } of overdue)
      reject(new OverloadedError(`the item waited for more than ${maxWaitMs / 1_000} s`));
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
    running = false;
    flush();
    if (!running) {
      for (const resolve of onDrained) resolve();
      onDrained = [];
    }
  }

  function flush(): void {
    flushScheduled = false;
    rejectOverdue();
    if (running || waiting.length === 0) return;
    running = true;
    void run(takeBatch());
  }

  return {
    submit(item) {
      if (waiting.length >= maxWaiting) {
        return Promise.reject(new OverloadedError(`${waiting.length} items are waiting`));
      }
      // setImmediate rather than a microtask: the requests of several sockets are read in one turn of
      // the loop, each followed by its own microtask checkpoint.
      if (!flushScheduled && !running) {
        flushScheduled = true;
        setImmediate(flush);
      }
      return new Promise<R>((resolve, reject) => {
        waiting.push({ item, since: monotonicNow(), resolve, reject });
      });
    },
    drain() {
      if (!running && waiting.length === 0) return Promise.resolve();
      return new Promise((resolve) => onDrained.push(resolve));
    },
  };
}
