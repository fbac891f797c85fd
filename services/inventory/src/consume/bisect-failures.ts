import { bisect, type Refusal } from '@lmt/resilience';

interface BisectFailuresOptions<M> {
  /** All or nothing, in one transaction. */
  readonly process: (messages: readonly M[]) => Promise<void>;
  /** Whether the cause is not the messages, but for example an outage or a deadlock. */
  readonly isTransient: (error: unknown) => boolean;
  /** Called before a lone message is retried. */
  readonly pause: () => Promise<unknown>;
}

/** A message that cannot be processed, and why. */
export interface Rejected<M> {
  readonly message: M;
  readonly error: unknown;
}

const MAX_TRIES = 3;
/** More rejections in a row, without a success between them, are not the fault of the messages. */
const MAX_REJECTED_IN_A_ROW = 5;

/**
 * Returns a function that processes a batch although some of its messages cannot be processed. A
 * batch whose failure is not transient is bisected until each offender is alone. The offender is
 * tried three times, then rejected. The other messages take effect, in their order.
 *
 * If nothing succeeds any more, the cause is the schema or a trigger, not the messages, and no
 * message is rejected. Then the function throws, as it does at once for a transient failure. The
 * caller must retry the whole batch; messages that took effect by then are duplicates.
 */
export function createFailureBisection<M>({ process, isTransient, pause }: BisectFailuresOptions<M>) {
  let rejectedInARow = 0;

  return async function processBatch(messages: readonly M[]): Promise<readonly Rejected<M>[]> {
    const rejected: Rejected<M>[] = [];
    let succeeded = false;

    async function processPart(part: readonly M[]): Promise<Refusal | null> {
      for (let attempt = 1; ; attempt += 1) {
        try {
          await process(part);
          succeeded = true;
          return null;
        } catch (error) {
          if (isTransient(error)) throw error;
          const mayRetry = succeeded || rejected.length < MAX_REJECTED_IN_A_ROW;
          if (part.length > 1 || attempt === MAX_TRIES || !mayRetry) return { reason: error };
          await pause();
        }
      }
    }

    await bisect(messages, processPart, (message, error) => rejected.push({ message, error }));
    rejectedInARow = succeeded ? 0 : rejectedInARow + rejected.length;
    if (rejectedInARow > MAX_REJECTED_IN_A_ROW) throw rejected.at(-1)?.error;
    return rejected;
  };
}
