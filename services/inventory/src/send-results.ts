import { MAX_RESULTS, type MessageResult } from '@lmt/contracts';
import {
  createBatchQueue,
  type Logger,
  OverloadedError,
  type Progress,
  type Secrets,
  signBody,
} from '@lmt/service-kit';
import { Agent, request } from 'undici';

export interface ResultSenderOptions {
  readonly url: string;
  readonly secrets: Secrets;
  readonly logger: Logger;
  readonly now: () => Date;
  readonly newId: () => string;
  readonly sleep: (ms: number) => Promise<void>;
  /** Told of every request. */
  readonly progress: Progress;
}

export interface ResultSender {
  /** Takes results on their way; never throws, never waits. */
  send(results: readonly MessageResult[]): void;
  /** Resolves when what was taken is delivered or given up. */
  drain(): Promise<void>;
  /** Tries what is left once more, then disconnects. */
  close(): Promise<void>;
}

// Bridges a restart of the order service. After that the message table takes over: no result by the
// deadline, so the message comes again, the inbox knows it, and its stored result is sent again.
const RETRY_DELAYS_MS = [200, 500, 1_000, 2_000, 4_000];
const TIMEOUT_MS = 10_000;
const MAX_WAITING = 20_000;

// The same body would be refused again. Other refusals (401, 404) are about the settings or the clocks.
const BLAMES_THE_BODY = new Set([400, 413, 422]);

class ResultsRefused extends Error {}

/**
 * Sends results to the order service: one request at a time carries all that gathered meanwhile. A
 * result that can't be delivered is given up after some seconds, not lost: it is in the inbox. One that
 * the order service refuses for what it is does not hold up the others; it is dropped from memory, and
 * tried again only when its message comes again.
 */
export function createResultSender(options: ResultSenderOptions): ResultSender {
  const { url, secrets, logger, now, newId, sleep, progress } = options;
  let closing = false;
  const agent = new Agent({ keepAliveTimeout: 30_000, connectTimeout: 3_000 });

  /** Null, or why it was refused for what it is. */
  async function post(id: string, body: string): Promise<string | null> {
    const timestamp = Math.floor(now().getTime() / 1_000);
    const answer = await request(url, {
      dispatcher: agent,
      method: 'POST',
      headers: { 'content-type': 'application/json', ...signBody(secrets[0], { id, timestamp, body }) },
      body,
      headersTimeout: TIMEOUT_MS,
      bodyTimeout: TIMEOUT_MS,
    });
    const text = await answer.body.text();
    if (answer.statusCode === 200) return null;
    const message = `${url} answered ${answer.statusCode}: ${text.slice(0, 300)}`;
    if (BLAMES_THE_BODY.has(answer.statusCode)) return message;
    throw new Error(message);
  }

  async function deliver(results: readonly MessageResult[]): Promise<void> {
    const id = newId();
    const body = JSON.stringify({ results });
    for (let attempt = 0; ; attempt++) {
      try {
        const refusal = await progress.attempt(() => post(id, body));
        if (refusal !== null) throw new ResultsRefused(refusal);
        for (const { messageId, orderId, outcome } of results) {
          logger.info({ outcome, orderId, messageId }, 'result sent');
        }
        return;
      } catch (err) {
        const delay = RETRY_DELAYS_MS[attempt];
        if (err instanceof ResultsRefused || delay === undefined || closing) throw err;
        if (attempt === 0)
          logger.warn({ err, results: results.length }, 'order service does not take results; trying again');
        await sleep(delay);
      }
    }
  }

  /** Halves what is refused until the one at fault is alone: the others are delivered. */
  async function deliverOrDrop(results: readonly MessageResult[]): Promise<void> {
    try {
      await deliver(results);
    } catch (err) {
      if (!(err instanceof ResultsRefused)) throw err;
      const [only] = results;
      if (only !== undefined && results.length === 1) {
        const { messageId, orderId, outcome } = only;
        logger.error({ reason: err.message, outcome, orderId, messageId }, 'result refused, dropped here');
        return;
      }
      const middle = Math.ceil(results.length / 2);
      for (const half of [results.slice(0, middle), results.slice(middle)]) await deliverOrDrop(half);
    }
  }

  const queue = createBatchQueue<MessageResult, void>({
    maxItems: MAX_RESULTS,
    slots: 1,
    maxWaiting: MAX_WAITING,
    async process(results) {
      await deliverOrDrop(results);
      return results.map(() => ({ status: 'fulfilled', value: undefined }));
    },
  });

  let givenUp = 0;
  function giveUp(error: unknown): void {
    // One line for a burst, not one a result.
    givenUp += 1;
    if (givenUp > 1) return;
    setImmediate(() => {
      const reason = error instanceof OverloadedError ? 'too many wait' : (error as Error).message;
      logger.warn(
        { results: givenUp, reason },
        'results not delivered; they are sent again when their messages come again',
      );
      givenUp = 0;
    });
  }

  return {
    send(results) {
      for (const result of results) queue.submit(result).catch(giveUp);
    },
    drain: () => queue.drain(),
    async close() {
      closing = true;
      await queue.drain();
      await agent.close();
    },
  };
}
