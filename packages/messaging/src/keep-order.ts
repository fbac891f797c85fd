import type { PublishOutcome } from './port.js';

/**
 * Keeps the order of each key within one `publish` call. A message must not be sent while an
 * earlier message of its key may still have to be sent.
 */
export function createKeyOrder<T>(toKey: (item: T) => string) {
  const unconfirmed = new Map<string, PublishOutcome>();

  return {
    record(item: T, outcome: PublishOutcome): void {
      if (outcome.status === 'failed') {
        const reason = 'an earlier message of the same key failed';
        unconfirmed.set(toKey(item), { status: 'failed', reason });
      } else if (outcome.status === 'unavailable') unconfirmed.set(toKey(item), outcome);
    },
    /** Returns the outcome of an item that would overtake an earlier one, or null. */
    findObstacle: (item: T): PublishOutcome | null => unconfirmed.get(toKey(item)) ?? null,
  };
}
