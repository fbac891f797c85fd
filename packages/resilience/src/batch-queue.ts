export interface BatchQueueOptions<T, R> {
  /** Most items in one batch. */
  readonly maxItems: number;
  /** Most items waiting. */
  readonly maxWaiting: number;
  /** Most weight in one batch, by `weigh`. A heavier item gets a batch of its own. */
  readonly maxWeight?: number;
  readonly weigh?: (item: T) => number;
  readonly maxWaitMs?: number;
  /** Returns one outcome per item, in the order given. A rejection fails the whole batch. */
  readonly process: (items: readonly T[]) => Promise<readonly PromiseSettledResult<R>[]>;
}

export interface BatchQueue<T, R> {
  /**
   * Settles with the item's own outcome. Rejects with an OverloadedError when `maxWaiting` items
   * wait already, or this one waited for longer than `maxWaitMs`.
   */
  submit(item: T): Promise<R>;
  /** Resolves when no item is waiting or being processed. */
  drain(): Promise<void>;
}

/** Too many items were waiting, or this one waited too long. It was not processed: retry it. */
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
 * There is no timer. While the queue is idle an item leaves at the end of the event-loop turn in
 * which it arrived, together with the other items of that turn. Items are held in memory only. An
 * item that waits when the process dies was never acknowledged.
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
        // Not a microtask: the requests of several sockets are read in one turn of the loop, each
        // followed by its own microtask checkpoint.
        setImmediate(run);
      }
      return new Promise((resolve, reject) => {
        waiting.push({ item, since: performance.now(), resolve, reject });
      });
    },
    drain: () => (running ? new Promise((resolve) => onDrained.push(resolve)) : Promise.resolve()),
  };
}
