export interface IsolationOptions<M, R> {
  /** All or nothing, in one transaction. */
  readonly process: (messages: readonly M[]) => Promise<R>;
  /** Whether a failure may pass: an outage, a deadlock. It says nothing about the messages. */
  readonly mayPass: (error: unknown) => boolean;
  /** Before a message that stands alone is tried once more. */
  readonly pause: () => Promise<unknown>;
}

export interface IsolatedBatch<M, R> {
  readonly processed: readonly R[];
  /** What can't be processed, and why. */
  readonly givenUp: readonly { readonly message: M; readonly error: unknown }[];
}

const TRIES = 3;

/**
 * Processes a batch although some of its messages may be impossible. A batch that fails for a reason
 * that won't pass is halved, the earlier half first, until each offender stands alone; that one is
 * tried three times and then given up. The others take effect, in their order.
 *
 * @throws a failure that may pass, at once: the whole batch has to come again, and what took effect by
 * then comes as duplicates.
 */
export async function isolateFailures<M, R>(
  messages: readonly M[],
  { process, mayPass, pause }: IsolationOptions<M, R>,
): Promise<IsolatedBatch<M, R>> {
  const processed: R[] = [];
  const givenUp: { message: M; error: unknown }[] = [];

  async function processPart(part: readonly M[], attempt = 1): Promise<void> {
    try {
      processed.push(await process(part));
    } catch (error) {
      if (mayPass(error)) throw error;
      const [message] = part;
      if (part.length === 1 && message !== undefined) {
        if (attempt === TRIES) {
          givenUp.push({ message, error });
          return;
        }
        await pause();
        return processPart(part, attempt + 1);
      }
      const middle = Math.ceil(part.length / 2);
      await processPart(part.slice(0, middle));
      await processPart(part.slice(middle));
    }
  }

  if (messages.length > 0) await processPart(messages);
  return { processed, givenUp };
}
