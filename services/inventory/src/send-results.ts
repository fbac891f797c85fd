import { MAX_RESULTS, type MessageResult, type MessageResultsResponse } from '@lmt/contracts';
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
  /** In [0, 1). */
  readonly random: () => number;
  /** Resolves after `ms`, or at once when the signal aborts. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Told of every request. */
  readonly progress: Progress;
}

export interface ResultSender {
  /** Takes results on their way; never throws, never waits. */
  send(results: readonly MessageResult[]): void;
  /**
   * Resolves when few enough wait for more to be made, or the order service takes none: what is dropped
   * comes again only after a while, but an outage must not stop the stock.
   */
  room(): Promise<void>;
  /** Resolves when what was taken is delivered or dropped. */
  drain(): Promise<void>;
  /** Tries what is left once more, until a try fails, then disconnects. */
  close(): Promise<void>;
}

// The last one for ever: the order service is found again soon after it is back, however long it was
// away, and this process is ready again by that. Up to half of a pause is cut off at random, so that
// several instances don't come at once.
const PAUSES_MS = [200, 500, 1_000, 2_000, 5_000];
const TIMEOUT_MS = 10_000;
const MAX_WAITING = 20_000;
const FEW_WAITING = 5_000;
// More are told of in one line.
const TOLD_ONE_BY_ONE = 10;
const MAX_ANSWER_BYTES = 1_000_000;
// For what the order service could not take, since somebody keeps its rows locked.
const LOCKED_PAUSE_MS = 5_000;

// The same body would be refused again. Other refusals (401, 404) are about the settings or the clocks.
const BLAMES_THE_BODY = new Set([400, 413, 422]);

class ResultsRefused extends Error {}
// The order service answers an outage of its own with 503. This it did not expect, and one of the
// results may be why: a delivery that fails so again and again makes room for the others.
class ResultsFailed extends Error {}

function readAnswers(text: string): MessageResultsResponse['results'] {
  try {
    const { results } = JSON.parse(text) as MessageResultsResponse;
    if (Array.isArray(results)) return results;
  } catch {
    // Said below.
  }
  throw new Error('the answer is not that of an order service: check CALLBACK_URL');
}

/**
 * Sends results to the order service: one request at a time carries all that gathered meanwhile, and is
 * repeated until it is answered. Only memory holds what waits; what is too much for it, or dies with the
 * process, is not lost: no result by the deadline, so the message comes again, the inbox knows it, and
 * its stored result is sent again. A result that the order service refuses for what it is does not hold
 * up the others; it is dropped here, and tried again only when its message comes again.
 */
export function createResultSender(options: ResultSenderOptions): ResultSender {
  const { url, secrets, logger, now, newId, random, sleep, progress } = options;
  const closing = new AbortController();
  let lastTryFailed = false;
  let failing = false;
  let awaitingRoom: (() => void)[] = [];
  const agent = new Agent({
    keepAliveTimeout: 30_000,
    connectTimeout: 3_000,
    maxResponseSize: MAX_ANSWER_BYTES,
  });

  /** @throws ResultsRefused, ResultsFailed, or for an outage any other error */
  async function post(id: string, body: string): Promise<MessageResultsResponse['results']> {
    const timestamp = Math.floor(now().getTime() / 1_000);
    const answer = await request(url, {
      dispatcher: agent,
      method: 'POST',
      headers: { 'content-type': 'application/json', ...signBody(secrets[0], { id, timestamp, body }) },
      body,
      // The whole of it: the agent's own limits begin anew with each byte of an answer.
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await answer.body.text();
    if (answer.statusCode === 200) return readAnswers(text);
    const message = `${url} answered ${answer.statusCode}: ${text.slice(0, 300)}`;
    if (BLAMES_THE_BODY.has(answer.statusCode)) throw new ResultsRefused(message);
    throw answer.statusCode === 500 ? new ResultsFailed(message) : new Error(message);
  }

  function tellSent(results: readonly MessageResult[]): void {
    if (results.length > TOLD_ONE_BY_ONE) logger.info({ results: results.length }, 'results sent');
    else {
      for (const { messageId, orderId, outcome } of results)
        logger.info({ outcome, orderId, messageId }, 'result sent');
    }
  }

  /** Tells of those that were taken, and sends the others again after a while. */
  function settle(results: readonly MessageResult[], answers: MessageResultsResponse['results']): void {
    const isLocked = (_: MessageResult, at: number) => answers[at]?.status === 'locked';
    const locked = results.filter(isLocked);
    tellSent(results.filter((result, at) => !isLocked(result, at)));
    if (locked.length === 0) return;
    void sleep(LOCKED_PAUSE_MS, closing.signal).then(() => {
      if (!closing.signal.aborted) for (const result of locked) take(result);
    });
  }

  function attempted(failed: boolean): void {
    failing = failed;
    for (const resolve of awaitingRoom) resolve();
    awaitingRoom = [];
  }

  async function deliver(results: readonly MessageResult[]): Promise<void> {
    const id = newId();
    const body = JSON.stringify({ results });
    for (let attempt = 0; ; attempt++) {
      try {
        settle(results, await progress.attempt(() => post(id, body)));
        if (attempt > 0) logger.info({ results: results.length }, 'order service takes results again');
        return attempted(false);
      } catch (err) {
        if (err instanceof ResultsRefused) throw err;
        attempted(true);
        // Only to make room: with nobody else waiting, this one may be what tells that it works again.
        if (err instanceof ResultsFailed && attempt >= PAUSES_MS.length && queue.size > 0) throw err;
        if (attempt === 0)
          logger.warn({ err, results: results.length }, 'order service does not take results; trying again');
        const pauseMs = PAUSES_MS[Math.min(attempt, PAUSES_MS.length - 1)] ?? 0;
        if (!closing.signal.aborted) await sleep(pauseMs * (1 - random() / 2), closing.signal);
        else {
          lastTryFailed = true;
          throw err;
        }
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
      if (lastTryFailed) throw new Error('the order service did not take those before');
      await deliverOrDrop(results);
      return results.map(() => ({ status: 'fulfilled', value: undefined }));
    },
  });

  let dropped = 0;
  function drop(error: unknown): void {
    // One line for a burst, not one a result.
    dropped += 1;
    if (dropped > 1) return;
    setImmediate(() => {
      const reason = error instanceof OverloadedError ? 'too many wait' : (error as Error).message;
      logger.warn(
        { results: dropped, reason },
        'results not delivered; they are sent again when their messages come again',
      );
      dropped = 0;
    });
  }

  // While the order service is away, messages come again and again; each result waits once.
  const waiting = new Set<string>();
  function take(result: MessageResult): void {
    const name = `${result.messageId} ${result.outcome}`;
    if (waiting.has(name)) return;
    waiting.add(name);
    queue
      .submit(result)
      .catch(drop)
      .finally(() => waiting.delete(name));
  }

  return {
    send(results) {
      for (const result of results) take(result);
    },
    async room() {
      while (queue.size > FEW_WAITING && !failing)
        await new Promise<void>((resolve) => awaitingRoom.push(resolve));
    },
    drain: () => queue.drain(),
    async close() {
      closing.abort();
      await queue.drain();
      if (!agent.closed) await agent.close();
    },
  };
}
