import { bisect, createRejectionRun, MAX_REJECTED_IN_A_ROW, type Refusal } from '@lmt/resilience';

interface BisectFailuresOptions<M> {
  /**
   * Processes all messages or fails without an effect. Returns whether any message took effect. A
   * batch of postponed messages does not prove that the database accepts messages.
   */
  readonly process: (messages: readonly M[]) => Promise<boolean>;
  /** Whether the error is unrelated to the messages, such as an outage or a deadlock. */
  readonly isTransient: (error: unknown) => boolean;
  /** Called before each retry of a lone message. */
  readonly pause: () => Promise<unknown>;
}

/** A message that cannot be processed, and why. */
export interface Rejected<M> {
  readonly message: M;
  readonly error: unknown;
}

const MAX_TRIES = 3;

/**
 * Returns a function that processes a batch even if some of its messages cannot be processed. After
 * a failure that is not transient, the batch is bisected until each bad message is alone. A bad
 * message is tried three times, then rejected. The other messages take effect in their order.
 *
 * After too many consecutive rejections, the cause is the schema or a trigger rather than a
 * message. The function then throws and rejects no message of the batch. It also throws, at once,
 * after a transient failure. The caller must then retry the whole batch. Messages that already took
 * effect are then duplicates.
 */
export function createFailureBisection<M>({ process, isTransient, pause }: BisectFailuresOptions<M>) {
  const rejections = createRejectionRun();

  return async function processBatch(messages: readonly M[]): Promise<readonly Rejected<M>[]> {
    const rejected: Rejected<M>[] = [];
    let succeeded = false;

    async function processPart(part: readonly M[]): Promise<Refusal | null> {
      for (let attempt = 1; ; attempt += 1) {
        try {
          if (await process(part)) succeeded = true;
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
    const isCredible = rejections.isCredible({ rejected: rejected.length, succeeded });
    if (!isCredible) throw rejected.at(-1)?.error;
    return rejected;
  };
}
