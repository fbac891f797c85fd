import { EventEmitter, once } from 'node:events';
import { setTimeout as sleepFor } from 'node:timers/promises';
import { MAX_RESULTS, type MessageResult } from '@lmt/contracts';
import {
  backoffMs,
  bisect,
  createOutageLog,
  createRejectionRun,
  type Refusal,
  type StallDetector,
  throttleLog,
} from '@lmt/resilience';
import type { Logger, Metrics, Secrets } from '@lmt/service-kit';
import { logFields, type Tracing, traceBatch } from '@lmt/tracing';
import { createResultPost, DeliveryPostponed, DeliveryRejected, type ResultAnswers } from './post-results.js';
import { resultSpan } from './result-span.js';
import { createWaitingResults } from './waiting-results.js';

interface ResultSenderOptions {
  readonly url: string;
  readonly secrets: Secrets;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly tracing?: Tracing | null;
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
const FEW_WAITING = 5_000;
const MAX_LINES = 10;
// Delay before resending a result whose rows another session has locked, or a single result that
// makes the order service fail.
const SET_ASIDE_MS = 5_000;

const sleepUnlessAborted = (ms: number, signal: AbortSignal) =>
  sleepFor(ms, undefined, { signal }).catch(() => undefined);

const toIds = ({ outcome, orderId, messageId, traceparent }: MessageResult) => ({
  outcome,
  orderId,
  messageId,
  ...(traceparent !== undefined && logFields(traceparent)),
});

/** Returns the error's message or, for an AggregateError without a message, its code. */
const describe = (error: unknown) =>
  error instanceof Error ? error.message || String((error as NodeJS.ErrnoException).code) : String(error);

/**
 * Sends results to the order service. One request is in flight at a time, with all waiting results.
 *
 * The results of a failed request move to the back of the queue, so one undeliverable request
 * cannot block the rest. Bisection isolates a rejected result. The sender drops the result only if
 * the order service answers that it cannot read it. After an unexpected error it resends the result
 * later. More than a few rejections in a row count as an outage. During an outage no result is
 * dropped, and each request carries another single result until one is accepted. Results are held
 * in memory only. If they are dropped or the process dies, the relay republishes the message after
 * its deadline and the inbox returns the stored result.
 */
export function createResultSender(options: ResultSenderOptions): ResultSender {
  const { url, secrets, logger, metrics, tracing, stallDetector } = options;
  const { random = Math.random, sleep = sleepUnlessAborted } = options;
  const orderService = createResultPost(url, secrets);
  const span = resultSpan(url);
  const closing = new AbortController();
  const waiting = createWaitingResults();
  let running: Promise<void> | null = null;
  let failures = 0;
  let dropped = 0;
  const rejections = createRejectionRun();
  // True after too many rejections in a row. No result is the cause.
  let rejectsAll = false;
  const changes = new EventEmitter<{ change: [] }>();
  metrics.gauge({
    name: 'inbox_results_waiting',
    help: 'Results that wait until the order service accepts them',
    collect() {
      this.set(waiting.count());
    },
  });
  const outageLog = createOutageLog({
    onDown: (details) => logger.warn(details, 'order service does not accept results; retrying'),
    onUp: (details) => logger.info(details, 'order service accepts results again'),
  });
  const logInvalid = throttleLog<object>((details, results) =>
    logger.error({ ...details, results }, 'result dropped, because the order service cannot read it'),
  );
  const warnUnsupported = throttleLog<object>((details, results) =>
    logger.warn(
      { ...details, results },
      'order service does not know the outcome, so the relay republishes the message; deploy order services that know the outcome before inventories that send it',
    ),
  );

  function remove(results: readonly MessageResult[]): void {
    waiting.remove(results);
    changes.emit('change');
  }

  function logSent(results: readonly MessageResult[]): void {
    if (results.length > MAX_LINES) logger.info({ results: results.length }, 'results sent');
    else for (const result of results) logger.info(toIds(result), 'result sent');
  }

  function logDropped(reason: string): void {
    if (dropped > 0)
      logger.warn(
        { results: dropped, reason },
        'results dropped; they are resent when their messages are redelivered',
      );
    dropped = 0;
  }

  /** Removes the results from the queue and sends them again after a pause. */
  function setAside(results: readonly MessageResult[]): void {
    remove(results);
    if (results.length === 0) return;
    void sleep(SET_ASIDE_MS, closing.signal).then(() => {
      if (!closing.signal.aborted) send(results);
    });
  }

  /** Removes the answered results. Results whose rows were locked are resent later. */
  function acknowledge(results: readonly MessageResult[], answers: ResultAnswers): void {
    const delivered: MessageResult[] = [];
    const locked: MessageResult[] = [];
    for (const [index, result] of results.entries()) {
      const { status, reason } = answers[index] ?? {};
      if (status === 'locked') locked.push(result);
      else if (status === 'invalid') logInvalid({ reason, ...toIds(result) });
      else if (status === 'unsupported') warnUnsupported({ reason, ...toIds(result) });
      else delivered.push(result);
    }
    remove(results);
    logSent(delivered);
    setAside(locked);
  }

  function drop(result: MessageResult, reason: unknown): void {
    remove([result]);
    logger.error(
      { reason: describe(reason), ...toIds(result) },
      'result rejected by the order service, dropped',
    );
  }

  async function backOff(error: unknown, part: readonly MessageResult[]): Promise<void> {
    failures += 1;
    // A lone result may be the cause of the failure.
    const ids = part.length === 1 ? part.map(toIds)[0] : {};
    outageLog.report(describe(error), { results: part.length, ...ids });
    changes.emit('change');
    const requestedMs = error instanceof DeliveryPostponed ? error.retryAfterMs : 0;
    await sleep(Math.max(requestedMs, backoffMs(BACKOFF, failures, random())), closing.signal);
  }

  /** @throws the error of a request that fails while closing */
  async function deliver(part: readonly MessageResult[]): Promise<Refusal | null> {
    try {
      acknowledge(part, await stallDetector.track(() => traceBatch(tracing, part, span, orderService.post)));
      rejectsAll = !rejections.isCredible({ rejected: 0, succeeded: true });
      failures = 0;
      outageLog.report(null);
      logDropped('too many waited');
      return null;
    } catch (error) {
      const rejected = error instanceof DeliveryRejected ? error : null;
      if (rejected && part.length > 1 && !rejectsAll) return { reason: error };
      if (rejected && part.length === 1)
        rejectsAll = !rejections.isCredible({ rejected: 1, succeeded: false });
      if (rejected?.permanent && !rejectsAll) return { reason: error };
      if (closing.signal.aborted) throw error;
      // Resend a rejected result later and alone, so that the next request does not fail too. If no
      // other result waits, keep it in the queue, because its success shows the end of the outage.
      if (rejected && !rejectsAll && waiting.count() > 1) setAside(part);
      else waiting.moveToBack(part);
      await backOff(error, part);
      return null;
    }
  }

  async function deliverAll(): Promise<void> {
    // Waits until all results of this event-loop turn are queued, so they share a request.
    await new Promise(setImmediate);
    try {
      while (waiting.count() > 0) await bisect(waiting.first(rejectsAll ? 1 : MAX_RESULTS), deliver, drop);
    } catch (error) {
      dropped += waiting.clear();
      changes.emit('change');
      logDropped(describe(error));
    }
  }

  function send(results: readonly MessageResult[]): void {
    dropped += waiting.add(results);
    if (waiting.count() === 0) return;
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
      while (waiting.count() > FEW_WAITING && failures === 0) await once(changes, 'change');
    },
    async close() {
      closing.abort();
      await drain();
      await orderService.close();
    },
  };
}
