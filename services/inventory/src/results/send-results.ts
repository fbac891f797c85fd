import { EventEmitter, once } from 'node:events';
import { setTimeout as sleepFor } from 'node:timers/promises';
import { MAX_RESULTS, type MessageResult } from '@lmt/contracts';
import { backoffMs, bisect, createOutageLog, type Refusal, type StallDetector } from '@lmt/resilience';
import type { Logger, Secrets } from '@lmt/service-kit';
import { createResultPost, DeliveryRejected, type ResultAnswers } from './post-results.js';

interface ResultSenderOptions {
  readonly url: string;
  readonly secrets: Secrets;
  readonly logger: Logger;
  /** Returns a number in [0, 1). */
  readonly random?: () => number;
  /** Resolves after `ms`, or at once when the signal aborts. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Tracks every request. */
  readonly stallDetector: StallDetector;
}

export interface ResultSender {
  /** Queues results. Never throws and never blocks. */
  send(results: readonly MessageResult[]): void;
  /**
   * Resolves when the queue is short enough for more messages. Without this wait results could be
   * dropped, which delays their orders. Also resolves while the order service is unavailable,
   * because its outage must not stop the consumer.
   */
  waitForCapacity(): Promise<void>;
  /** Resolves when every queued result is delivered or dropped. */
  drain(): Promise<void>;
  /** Sends the queued results until a request fails, then disconnects. */
  close(): Promise<void>;
}

// The cap is low, so results are delivered and this process becomes ready soon after an outage of
// any length.
const BACKOFF = { baseMs: 200, capMs: 5_000 };
const MAX_WAITING = 20_000;
const FEW_WAITING = 5_000;
const MAX_LINES = 10;
// Delay before resending a result whose rows another session has locked.
const LOCKED_PAUSE_MS = 5_000;

const sleepUnlessAborted = (ms: number, signal: AbortSignal) =>
  sleepFor(ms, undefined, { signal }).catch(() => undefined);

/** Includes the outcome, so that a failure cannot replace a success of the same message. */
const identify = ({ messageId, outcome }: MessageResult) => `${messageId} ${outcome}`;

/** Returns the error's message or, for an AggregateError without a message, its code. */
const describe = (error: unknown) =>
  error instanceof Error ? error.message || String((error as NodeJS.ErrnoException).code) : String(error);

/**
 * Sends results to the order service. One request is in flight at a time, with all waiting results.
 *
 * The results of a failed request move to the back of the queue, so one undeliverable request
 * cannot block the rest. A result that the order service rejects is isolated by bisection and
 * dropped. Results are held in memory only. If they are dropped or the process dies, the relay
 * republishes the message after its deadline and the inbox returns the stored result.
 */
export function createResultSender(options: ResultSenderOptions): ResultSender {
  const { url, secrets, logger, stallDetector } = options;
  const { random = Math.random, sleep = sleepUnlessAborted } = options;
  const orderService = createResultPost(url, secrets);
  const closing = new AbortController();
  // One entry per message and outcome, however often the message is redelivered during an outage.
  const waiting = new Map<string, MessageResult>();
  let running: Promise<void> | null = null;
  let failures = 0;
  let dropped = 0;
  const changes = new EventEmitter<{ change: [] }>();
  const outageLog = createOutageLog({
    onDown: (details) => logger.warn(details, 'order service does not accept results; retrying'),
    onUp: (details) => logger.info(details, 'order service accepts results again'),
  });

  function remove(results: readonly MessageResult[]): void {
    for (const result of results) waiting.delete(identify(result));
    changes.emit('change');
  }

  function logSent(results: readonly MessageResult[]): void {
    if (results.length > MAX_LINES) logger.info({ results: results.length }, 'results sent');
    else
      for (const { messageId, orderId, outcome } of results)
        logger.info({ outcome, orderId, messageId }, 'result sent');
  }

  function logDropped(reason: string): void {
    if (dropped > 0)
      logger.warn(
        { results: dropped, reason },
        'results dropped; they are sent again when their messages are redelivered',
      );
    dropped = 0;
  }

  /** Removes delivered results. Results whose rows were locked are resent later. */
  function acknowledge(results: readonly MessageResult[], answers: ResultAnswers): void {
    const isLocked = (_: MessageResult, index: number) => answers[index]?.status === 'locked';
    remove(results);
    logSent(results.filter((result, index) => !isLocked(result, index)));
    const locked = results.filter(isLocked);
    if (locked.length === 0) return;
    void sleep(LOCKED_PAUSE_MS, closing.signal).then(() => {
      if (!closing.signal.aborted) send(locked);
    });
  }

  function moveToBack(results: readonly MessageResult[]): void {
    for (const result of results) {
      if (waiting.delete(identify(result))) waiting.set(identify(result), result);
    }
  }

  function drop(result: MessageResult, reason: unknown): void {
    const { messageId, orderId, outcome } = result;
    remove([result]);
    logger.error(
      { reason: describe(reason), outcome, orderId, messageId },
      'result rejected by the order service, dropped',
    );
  }

  async function backOff(error: unknown, results: number): Promise<void> {
    failures += 1;
    outageLog.report(describe(error), { results });
    changes.emit('change');
    await sleep(backoffMs(BACKOFF, failures, random()), closing.signal);
  }

  /** @throws the error of a request that fails while closing */
  async function deliver(part: readonly MessageResult[]): Promise<Refusal | null> {
    try {
      acknowledge(part, await stallDetector.track(() => orderService.post(part)));
      failures = 0;
      outageLog.report(null);
      logDropped('too many waited');
    } catch (error) {
      const rejected = error instanceof DeliveryRejected ? error : null;
      if (rejected && (rejected.permanent || part.length > 1)) return { reason: error };
      if (closing.signal.aborted) throw error;
      // A lone result that is rejected for an unknown reason is dropped if others wait. Otherwise
      // it is retried, because its success shows that the outage is over.
      if (rejected && waiting.size > 1) for (const result of part) drop(result, error);
      else moveToBack(part);
      await backOff(error, part.length);
    }
    return null;
  }

  async function deliverAll(): Promise<void> {
    // Waits until all results of this event-loop turn are queued, so they share a request.
    await new Promise(setImmediate);
    try {
      while (waiting.size > 0) await bisect([...waiting.values()].slice(0, MAX_RESULTS), deliver, drop);
    } catch (error) {
      dropped += waiting.size;
      remove([...waiting.values()]);
      logDropped(describe(error));
    }
  }

  function send(results: readonly MessageResult[]): void {
    for (const result of results) {
      if (waiting.size < MAX_WAITING) waiting.set(identify(result), result);
      else if (!waiting.has(identify(result))) dropped += 1;
    }
    if (waiting.size === 0) return;
    running ??= deliverAll().finally(() => {
      running = null;
      // Results may have arrived after the last check.
      send([]);
    });
  }

  async function drain(): Promise<void> {
    while (running) await running;
  }

  return {
    send,
    drain,
    async waitForCapacity() {
      while (waiting.size > FEW_WAITING && failures === 0) await once(changes, 'change');
    },
    async close() {
      closing.abort();
      await drain();
      await orderService.close();
    },
  };
}
