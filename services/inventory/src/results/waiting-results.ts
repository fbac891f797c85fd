import type { MessageResult } from '@lmt/contracts';

const MAX_WAITING = 20_000;

/**
 * Includes the outcome, so that a failure cannot replace a success of the same message. Includes
 * the order, because records of foreign producers may have the same message id.
 */
const identify = ({ messageId, orderId, outcome }: MessageResult) => `${messageId} ${orderId} ${outcome}`;

/**
 * Holds the queued results in memory, one entry per message and outcome, however often the message
 * is redelivered during an outage.
 */
export function createWaitingResults() {
  const waiting = new Map<string, MessageResult>();
  return {
    count: () => waiting.size,
    first: (count: number) => [...waiting.values()].slice(0, count),
    /** Returns the number of results that the full queue has dropped. */
    add(results: readonly MessageResult[]): number {
      let dropped = 0;
      for (const result of results) {
        if (waiting.size < MAX_WAITING) waiting.set(identify(result), result);
        else if (!waiting.has(identify(result))) dropped += 1;
      }
      return dropped;
    },
    remove(results: readonly MessageResult[]): void {
      for (const result of results) waiting.delete(identify(result));
    },
    /** Returns the number of results. */
    clear(): number {
      const { size } = waiting;
      waiting.clear();
      return size;
    },
    moveToBack(results: readonly MessageResult[]): void {
      for (const result of results) {
        if (waiting.delete(identify(result))) waiting.set(identify(result), result);
      }
    },
  };
}
