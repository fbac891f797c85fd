import { bisect, MAX_REJECTED_IN_A_ROW, type Refusal } from '@lmt/resilience';
import type { PublishOutcome } from './port.js';

/**
 * No sensible limit is lower. An order of 100 items has about 6 kB, and brokers and proxies accept
 * 1 MB by default. If a smaller message is too large, the limit was set by mistake. The message is
 * sent once the limit is raised.
 */
const SMALL_BYTES = 10_000;

export interface SendRefusal extends Refusal {
  readonly reason: string;
  readonly isTooLarge: boolean;
}

export interface IsolateOptions<T> {
  /** Settles the part, or returns why the receiver refuses at least one of its messages. */
  readonly send: (part: readonly T[]) => Promise<SendRefusal | null>;
  readonly toBytes: (item: T) => number;
  readonly settle: (item: T, outcome: PublishOutcome) => void;
  /** The setting that limits the size, for the operator. */
  readonly limit: string;
}

/**
 * Sends items in order and isolates the items that the receiver refuses. A refused small message is
 * `unavailable`, because the limit is at fault. After several refused small messages in a row, the
 * rest becomes `unavailable` without being sent.
 */
export async function isolateOffenders<T>(
  items: readonly T[],
  { send, toBytes, settle, limit }: IsolateOptions<T>,
): Promise<void> {
  let last: SendRefusal | null = null;
  let smallInARow = 0;
  let lowered: PublishOutcome | null = null;

  async function process(part: readonly T[]): Promise<Refusal | null> {
    if (lowered !== null) {
      for (const item of part) settle(item, lowered);
      return null;
    }
    last = await send(part);
    if (last === null) smallInARow = 0;
    return last;
  }
  function reject(item: T): void {
    const bytes = toBytes(item);
    const reason = `${bytes} bytes: ${last?.reason}`;
    if (!last?.isTooLarge || bytes > SMALL_BYTES) {
      settle(item, { status: 'rejected', reason });
      return;
    }
    const outcome = {
      status: 'unavailable',
      destinationOnly: true,
      reason: `${reason}; raise ${limit}`,
    } as const;
    settle(item, outcome);
    smallInARow += 1;
    if (smallInARow > MAX_REJECTED_IN_A_ROW) lowered = outcome;
  }
  await bisect(items, process, reject);
}
