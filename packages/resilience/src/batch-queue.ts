export interface BatchQueueOptions<T, R> {
  /** Maximum number of items in one batch. */
  readonly maxItems: number;
  /** Maximum number of waiting items. */
  readonly maxWaiting: number;
  /** Maximum weight of one batch, by `weigh`. A heavier item gets a batch of its own. */
  readonly maxWeight?: number;
  readonly weigh?: (item: T) => number;
  readonly maxWaitMs?: number;
  /** Returns one outcome per item, in the order given. A rejection fails the whole batch. */
  readonly process: (items: readonly T[]) => Promise<readonly PromiseSettledResult<R>[]>;
}

export interface BatchQueue<T, R> {
  /**
   * Settles with the item's own outcome. Rejects with an OverloadedError if `maxWaiting` items are
   * already waiting or the item has waited for longer than `maxWaitMs`.
   */
  submit(item: T): Promise<R>;
  /** Resolves when no item is waiting or being processed. */
  drain(): Promise<void>;
}

/** Too many items waited, or this one waited too long. It was not processed and may be retried. */
export class OverloadedError extends Error {
  override readonly name = 'OverloadedError';
}

interface Waiting<T, R> {
  readonly item: T;
  readonly since: number;
  readonly resolve: (value: R) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Group commit: items that arrive while a batch is being processed share the next batch. One batch
 * is processed at a time, in order of arrival.
 *
 * There is no timer. If the queue is idle, an item is processed at the end of the event-loop turn
 * in which it arrived, together with the other items of that turn. Items are held in memory only.
 * Items that are lost when the process dies were never acknowledged.
 */
export function createBatchQueue<T, R>(options: BatchQueueOptions<T, R>): BatchQueue<T, R> {
  const { maxItems, maxWaiting, maxWeight = Number.POSITIVE_INFINITY, weigh = () => 0, process } = options;
  const { maxWaitMs = Number.POSITIVE_INFINITY } = options;
  const waiting: Waiting<T, R>[] = [];
  let running = false;
  let onDrained: (() => void)[] = [];

  function rejectOverdue(): void {
    const earliest = performance.now() - maxWaitMs;
    const inTime = waiting.findIndex(({ since }) => since >= earliest);
    for (const { reject } of waiting.splice(0, inTime < 0 ? waiting.length : inTime))
      reject(new OverloadedError(`the item waited for more than ${maxWaitMs / 1_000} s`));
  }

  function takeBatch(): readonly Waiting<T, R>[] {
    let weight = 0;
    const tooHeavy = waiting.findIndex(({ item }, index) => {
      weight += weigh(item);
      return index === maxItems || (index > 0 && weight > maxWeight);
    });
    return waiting.splice(0, tooHeavy < 0 ? waiting.length : tooHeavy);
  }

  async function run(): Promise<void> {
    for (;;) {
      rejectOverdue();
      const batch = takeBatch();
      if (batch.length === 0) break;
      try {
        const outcomes = await process(batch.map(({ item }) => item));
        if (outcomes.length !== batch.length) {
          throw new Error(`a batch of ${batch.length} items got ${outcomes.length} outcomes`);
        }
        outcomes.forEach((outcome, index) => {
          if (outcome.status === 'fulfilled') batch[index]?.resolve(outcome.value);
          else batch[index]?.reject(outcome.reason);
        });
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    running = false;
    for (const resolve of onDrained) resolve();
    onDrained = [];
  }

  return {
    submit(item) {
      if (waiting.length >= maxWaiting) {
        return Promise.reject(new OverloadedError(`${waiting.length} items are waiting`));
      }
      if (!running) {
        running = true;
        // setImmediate rather than a microtask: Node reads several sockets in one turn of the loop
        // but runs the microtasks after each one, so a microtask would batch a single request.
        setImmediate(run);
      }
      return new Promise((resolve, reject) => {
        waiting.push({ item, since: performance.now(), resolve, reject });
      });
    },
    drain: () => (running ? new Promise((resolve) => onDrained.push(resolve)) : Promise.resolve()),
  };
}
