import { bisect } from '@lmt/resilience';

/** How long a transaction waits for a locked row: for the session's `lock_timeout`, or briefly. */
export type LockPatience = 'session' | 'brief';

interface LockSkippingOptions<M> {
  /** Processes all messages in one transaction, or none. */
  readonly process: (messages: readonly M[], patience: LockPatience) => Promise<void>;
  /** Whether the error means that a row stayed locked. */
  readonly isLocked: (error: unknown) => boolean;
  /** Looks for the rows that the messages need and other sessions hold. */
  readonly findHeld: (messages: readonly M[]) => Promise<(message: M) => boolean>;
  readonly monotonicNow: () => number;
}

// Bounds the time for the other messages if many messages wait for rows that `findHeld` cannot
// find.
const ISOLATION_MS = 3_000;

/**
 * Returns a function that processes a batch without the messages that need a row which another
 * session holds, and returns those messages. They had no effect. A later message of the same order
 * in the batch is skipped with them. A message of a later batch may overtake a skipped one, which
 * `decideStock` allows: a cancellation that arrives first leaves a tombstone.
 *
 * Rows that exist are found by `findHeld`. A row that another session has inserted but not
 * committed is invisible; the message that waits for it is isolated by bisection, with brief waits.
 * If that takes too long, the messages that are not isolated yet are skipped together.
 *
 * @throws the error of a failure that is not about locks. Messages that already took effect are
 * duplicates when the batch is processed again.
 */
export function createLockSkipping<M extends { readonly key: string }>(options: LockSkippingOptions<M>) {
  const { process, isLocked, findHeld, monotonicNow } = options;
  // While rows are held, a batch begins by looking for them instead of waiting for them.
  let expectsLocks = false;

  return async function processUnlocked(messages: readonly M[]): Promise<readonly M[]> {
    const skipped = new Set<M>();
    const skippedKeys = new Set<string>();
    function setAside(part: readonly M[], isHeld: (message: M) => boolean): readonly M[] {
      return part.filter((message) => {
        if (!skippedKeys.has(message.key) && !isHeld(message)) return true;
        skippedKeys.add(message.key);
        skipped.add(message);
        return false;
      });
    }

    /** Returns whether the messages were processed. */
    async function succeeds(part: readonly M[], patience: LockPatience): Promise<boolean> {
      try {
        if (part.length > 0) await process(part, patience);
        return true;
      } catch (error) {
        if (isLocked(error)) return false;
        throw error;
      }
    }

    async function isolate(all: readonly M[]): Promise<void> {
      const deadline = monotonicNow() + ISOLATION_MS;
      async function processPart(part: readonly M[]) {
        const rest = setAside(part, () => false);
        if (await succeeds(rest, 'brief')) return null;
        if (rest.length > 1 && monotonicNow() < deadline) return { reason: 'locked' };
        setAside(rest, () => true);
        return null;
      }
      await bisect(all, processPart, () => {});
    }

    let rest = expectsLocks ? setAside(messages, await findHeld(messages)) : messages;
    while (!(await succeeds(rest, 'session'))) {
      expectsLocks = true;
      const free = setAside(rest, await findHeld(rest));
      if (free.length === rest.length) {
        await isolate(rest);
        break;
      }
      rest = free;
    }
    expectsLocks = skipped.size > 0;
    return [...skipped];
  };
}
