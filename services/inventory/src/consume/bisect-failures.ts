export interface IsolationOptions<M> {
  /** All or nothing, in one transaction. */
  readonly process: (messages: readonly M[]) => Promise<void>;
  /** Whether a failure may pass: an outage, a deadlock. It says nothing about the messages. */
  readonly mayPass: (error: unknown) => boolean;
  /** Before a message that stands alone is tried once more. */
  readonly pause: () => Promise<unknown>;
}

/** What can't be processed, and why. */
export interface GivenUp<M> {
  readonly message: M;
  readonly error: unknown;
}

const TRIES = 3;
/** Refused one after the other with none that succeeds between: that is no longer the messages' fault. */
const MOST_IN_A_ROW = 5;

/**
 * Returns a function that processes batches although some of their messages may be impossible. A batch
 * that fails for a reason that won't pass is halved, the earlier half first, until each offender stands
 * alone; that one is tried three times and then given up. The others take effect, in their order.
 *
 * Where nothing succeeds any more, the fault is the schema's or a trigger's and not the messages': then
 * none of them is given up. It throws, as it does at once for a failure that may pass: the whole batch has
 * to come again, and what took effect by then comes as duplicates.
 */
export function createIsolation<M>({ process, mayPass, pause }: IsolationOptions<M>) {
  let inARow = 0;

  return async function isolate(messages: readonly M[]): Promise<readonly GivenUp<M>[]> {
    const givenUp: GivenUp<M>[] = [];
    let succeeded = false;

    async function processPart(part: readonly M[], attempt = 1): Promise<void> {
      try {
        await process(part);
        succeeded = true;
      } catch (error) {
        if (mayPass(error)) throw error;
        const [message] = part;
        if (part.length > 1 || message === undefined) {
          const middle = Math.ceil(part.length / 2);
          await processPart(part.slice(0, middle));
          await processPart(part.slice(middle));
        } else if (attempt < TRIES && (succeeded || givenUp.length < MOST_IN_A_ROW)) {
          await pause();
          await processPart(part, attempt + 1);
        } else {
          givenUp.push({ message, error });
        }
      }
    }

    if (messages.length > 0) await processPart(messages);
    inARow = succeeded ? 0 : inARow + givenUp.length;
    if (inARow > MOST_IN_A_ROW) throw givenUp.at(-1)?.error;
    return givenUp;
  };
}
