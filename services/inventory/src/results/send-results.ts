import { MAX_RESULTS, type MessageResult } from '@lmt/contracts';
import type { StallDetector } from '@lmt/resilience';
import type { Logger } from '@lmt/service-kit';
import {
  createResultPost,
  DeliveryRefused,
  type ResultAnswers,
  type ResultPostOptions,
} from './post-results.js';

export interface ResultSenderOptions extends ResultPostOptions {
  readonly logger: Logger;
  /** In [0, 1). */
  readonly random: () => number;
  /** Resolves after `ms`, or at once when the signal aborts. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Told of every request. */
  readonly progress: StallDetector;
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
const MAX_WAITING = 20_000;
const FEW_WAITING = 5_000;
// More are told of in one line.
const TOLD_ONE_BY_ONE = 10;
// For what the order service could not take, since somebody keeps its rows locked.
const LOCKED_PAUSE_MS = 5_000;

/** Of two results about one message a success must not be lost to a failure. */
const nameOf = ({ messageId, outcome }: MessageResult) => `${messageId} ${outcome}`;

function firstOf<T>(items: Iterable<T>, most: number): T[] {
  const first: T[] = [];
  for (const item of items) {
    if (first.length === most) break;
    first.push(item);
  }
  return first;
}

/**
 * Sends results to the order service: one request at a time carries all that wait, until each has been
 * taken. What could not be delivered goes behind the others: an answer that is always lost holds up
 * nobody. Only memory holds what waits; what is too much for it, or dies with the process, is not lost: no
 * result by the deadline, so the message comes again, the inbox knows it, and its stored result is sent
 * again. A result that the order service refuses for what it is does not hold up the others either; it is
 * dropped here, and tried again only when its message comes again.
 */
export function createResultSender(options: ResultSenderOptions): ResultSender {
  const { logger, random, sleep, progress } = options;
  const order = createResultPost(options);
  const closing = new AbortController();
  // While the order service is away, messages come again and again; each result waits once.
  const waiting = new Map<string, MessageResult>();
  let running: Promise<void> | null = null;
  let failures = 0;
  let dropped = 0;
  let awaitingRoom: (() => void)[] = [];

  function tellSent(results: readonly MessageResult[]): void {
    if (results.length > TOLD_ONE_BY_ONE) logger.info({ results: results.length }, 'results sent');
    else {
      for (const { messageId, orderId, outcome } of results)
        logger.info({ outcome, orderId, messageId }, 'result sent');
    }
  }

  function remove(results: readonly MessageResult[]): void {
    for (const result of results) waiting.delete(nameOf(result));
    for (const resolve of awaitingRoom) resolve();
    awaitingRoom = [];
  }

  /** Those that were taken are done with, the others are sent again after a while. */
  function settle(results: readonly MessageResult[], answers: ResultAnswers): void {
    const isLocked = (_: MessageResult, at: number) => answers[at]?.status === 'locked';
    remove(results);
    tellSent(results.filter((result, at) => !isLocked(result, at)));
    const locked = results.filter(isLocked);
    if (locked.length === 0) return;
    void sleep(LOCKED_PAUSE_MS, closing.signal).then(() => {
      if (!closing.signal.aborted) send(locked);
    });
  }

  /** To the end of those that wait. */
  function putBehind(batch: readonly MessageResult[]): void {
    remove(batch);
    for (const result of batch) waiting.set(nameOf(result), result);
  }

  async function waitOut(error: unknown, results: number): Promise<void> {
    failures += 1;
    if (failures === 1)
      logger.warn({ err: error, results }, 'order service does not take results; trying again');
    remove([]);
    const pauseMs = PAUSES_MS[Math.min(failures, PAUSES_MS.length) - 1] ?? 0;
    await sleep(pauseMs * (1 - random() / 2), closing.signal);
  }

  function drop(batch: readonly MessageResult[], error: Error): void {
    remove(batch);
    for (const { messageId, orderId, outcome } of batch)
      logger.error({ reason: error.message, outcome, orderId, messageId }, 'result refused, dropped here');
  }

  function succeed(): void {
    if (failures > 0) logger.info('order service takes results again');
    if (dropped > 0) tellDropped('too many waited');
    failures = 0;
  }

  function tellDropped(reason: string): void {
    const text = 'results not delivered; they are sent again when their messages come again';
    logger.warn({ results: dropped, reason }, text);
    dropped = 0;
  }

  async function deliverAll(): Promise<void> {
    // What comes in one turn goes in one request.
    await new Promise(setImmediate);
    let most = MAX_RESULTS;
    while (waiting.size > 0) {
      const batch = firstOf(waiting.values(), most);
      try {
        settle(batch, await progress.track(() => order.post(batch)));
        succeed();
        most = Math.min(most * 2, MAX_RESULTS);
      } catch (error) {
        const refusal = error instanceof DeliveryRefused ? error : null;
        // Halved until the one at fault is alone. One that is refused for an unknown reason is kept while
        // it is the only one: it may be what tells that the order service works again.
        if (refusal && batch.length > 1) most = Math.ceil(batch.length / 2);
        else if (refusal?.forGood) drop(batch, refusal);
        else if (closing.signal.aborted) return giveUp(error);
        else {
          if (refusal && waiting.size > 1) drop(batch, refusal);
          else putBehind(batch);
          await waitOut(error, batch.length);
        }
      }
    }
  }

  function giveUp(error: unknown): void {
    dropped += waiting.size;
    remove([...waiting.values()]);
    tellDropped(error instanceof Error ? error.message : String(error));
  }

  function send(results: readonly MessageResult[]): void {
    for (const result of results) {
      if (waiting.size < MAX_WAITING) waiting.set(nameOf(result), result);
      else if (!waiting.has(nameOf(result))) dropped += 1;
    }
    if (waiting.size === 0) return;
    running ??= deliverAll().finally(() => {
      running = null;
      // What came while it was ending.
      send([]);
    });
  }

  async function drain(): Promise<void> {
    while (running) await running;
  }

  return {
    send,
    drain,
    async room() {
      while (waiting.size > FEW_WAITING && failures === 0)
        await new Promise<void>((resolve) => awaitingRoom.push(resolve));
    },
    async close() {
      closing.abort();
      await drain();
      await order.close();
    },
  };
}
