/** How long a client waits at most: a database that is stalled, not down, gives neither an answer nor an error. */
export const ANSWER_MS = 10_000;

/**
 * The work's outcome, or `late()` as a rejection after `ms`. The work goes on and may still succeed:
 * what it does must be safe to ask for again.
 */
export async function answerInTime<T>(work: Promise<T>, ms: number, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(late()), ms);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
