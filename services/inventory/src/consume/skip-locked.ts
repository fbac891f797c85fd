import { bisect } from '@lmt/resilience';

/** How long a transaction waits for a locked row: the session's `lock_timeout` or less. */
export type LockPatience = 'session' | 'brief';

interface LockSkippingOptions<M> {
  /** Processes all messages in one transaction. */
  readonly process: (messages: readonly M[], patience: LockPatience) => Promise<void>;
  /** Whether the error means that a row stayed locked. */
  readonly isLocked: (error: unknown) => boolean;
  /** Looks for the rows that the messages need and other sessions hold. */
  readonly findHeld: (messages: readonly M[]) => Promise<(message: M) => boolean>;
  readonly monotonicNow: () => number;
}

// Bounds the delay of the other messages if many messages wait for rows invisible to `findHeld`.
const ISOLATION_MS = 3_000;

/**
 * Returns a function that processes a batch but skips and returns the messages that need a row of
 * another session. Skipped messages have no effect. Later messages of their orders in the batch are
 * skipped too. A message of a later batch may overtake a skipped message. `decideStock` allows
 * that, because a cancellation that arrives first leaves a tombstone.
 *
 * `findHeld` finds existing rows. A row that another session has inserted but not committed is
 * invisible, so bisection with brief waits isolates the message that waits for it. If the bisection
 * takes too long, the remaining messages are skipped together.
 *
 * @throws any error that does not come from a lock. Messages that already took effect are
 * duplicates when the batch is redelivered.
 */
export function createLockSkipping<M extends { readonly key: string }>(options: LockSkippingOptions<M>) {
  const { process, isLocked, findHeld, monotonicNow } = options;
  // While rows are held, each batch first looks for held rows instead of waiting for them.
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
