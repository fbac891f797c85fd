import { setTimeout as sleepFor } from 'node:timers/promises';
import { ORDER_PLACED } from '@lmt/contracts';
import type { DeadLetter, InboundMessage, MessageHandler } from '@lmt/messaging';
import { databaseFailure, type SqlClient } from '@lmt/postgres';
import { createBatchQueue, failPoint, retryOnConflict, type StallDetector } from '@lmt/resilience';
import type { Logger, Metrics } from '@lmt/service-kit';
import { isSampled, type Tracing, traceBatch } from '@lmt/tracing';
import type { ResultSender } from '../results/send-results.js';
import { findHeldRows, type HeldRows } from '../stock/find-held-rows.js';
import { createFailureBisection } from './bisect-failures.js';
import { decodeMessage, type OrderMessage } from './decode-message.js';
import { createLockedMessages } from './locked-messages.js';
import { isConflict, processOrders, toRequest } from './process-orders.js';
import { type MessageSource, processingSpan } from './processing-span.js';
import { createOutcomeReport, type RefusedMessage } from './report-outcomes.js';
import { createLockSkipping, type LockPatience } from './skip-locked.js';

interface OrderConsumerOptions {
  readonly database: SqlClient;
  readonly results: ResultSender;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly tracing?: Tracing | null;
  readonly source: MessageSource;
  readonly now?: () => Date;
  readonly monotonicNow?: () => number;
  readonly sleep?: (ms: number) => Promise<unknown>;
  /** Tracks every batch. */
  readonly stallDetector: StallDetector;
}

// A line is a message or one of its items. The limit bounds the duration of a statement.
const MAX_LINES = 5_000;
const MAX_BATCHES = 64;
const MAX_WAITING = 10_000;
const PAUSE_MS = 100;
const PROCESSED = 'SELECT id FROM inbox_messages WHERE id = ANY($1::uuid[])';

const countLines = (message: OrderMessage) =>
  1 + (message.type === ORDER_PLACED ? message.payload.items.length : 0);

/** Splits a batch, in order, into parts of at most MAX_LINES. A longer message is its own part. */
function splitByLines(messages: readonly OrderMessage[]): OrderMessage[][] {
  const parts: OrderMessage[][] = [];
  let lines = Number.POSITIVE_INFINITY;
  for (const message of messages) {
    lines += countLines(message);
    if (lines > MAX_LINES) {
      parts.push([]);
      lines = countLines(message);
    }
    parts.at(-1)?.push(message);
  }
  return parts;
}

/** Adds the trace context of a message whose trace is recorded. */
const withTrace = (message: OrderMessage, { headers: { traceparent } }: InboundMessage): OrderMessage =>
  isSampled(traceparent) ? { ...message, traceparent } : message;

export interface OrderConsumer {
  readonly consume: MessageHandler;
  /** A readiness check. Returns null, or how long messages have been waiting for locked rows. */
  readonly lockReason: () => Promise<string | null>;
}

/**
 * Creates the handler of order events. It resolves once the effects of a batch are committed; the
 * broker's offset is committed afterwards. Results are sent asynchronously. Batches of several
 * partitions that arrive together share a transaction.
 *
 * If the database rejects the data of a message, its result is FAILED. If another session holds a
 * row that a message needs for longer than `lock_timeout`, the message has no effect and no result,
 * and the relay republishes it after its deadline. The handler rejects with any other error, and
 * the broker redelivers the batch.
 */
export function createOrderConsumer(options: OrderConsumerOptions): OrderConsumer {
  const { database, results, logger, metrics, tracing, source, stallDetector } = options;
  const { now = () => new Date(), monotonicNow = () => performance.now(), sleep = sleepFor } = options;
  const span = processingSpan(source);
  const report = createOutcomeReport({ results, logger, metrics, now });
  const waiting = createLockedMessages({
    monotonicNow,
    async findProcessed(ids) {
      const rows = await database.$queryRawUnsafe<{ readonly id: string }[]>(PROCESSED, ids);
      return rows.map(({ id }) => id);
    },
  });

  /** Reports each part right after its commit. If a later part fails, all parts are redelivered. */
  async function processAndReport(messages: readonly OrderMessage[], patience: LockPatience): Promise<void> {
    const process = (batch: readonly OrderMessage[]) =>
      retryOnConflict(() => processOrders(database, batch, { now, patience }), {
        isConflict,
        onRetry: (err, attempt) =>
          logger.warn({ err, messages: messages.length, attempt }, 'batch rolled back; retrying'),
      });
    report.processed(await traceBatch(tracing, messages, span, process));
    waiting.answered(messages.map(({ id }) => id));
  }

  // The rows that the last search found. Every skipped message follows a search.
  let held: HeldRows = { orders: new Set(), skus: new Set(), heldBy: [] };
  const processUnlocked = createLockSkipping({
    process: processAndReport,
    isLocked: (error) => databaseFailure(error) === 'locked',
    async findHeld(messages) {
      const found = await findHeldRows(database, messages.map(toRequest), sleep);
      held = found;
      return (message) => found.isHeld(toRequest(message));
    },
    monotonicNow,
  });

  const processPart = createFailureBisection<OrderMessage>({
    async process(messages) {
      const skipped = await processUnlocked(messages);
      report.locked(skipped, held);
      waiting.skipped(skipped.map(({ id }) => id));
      return skipped.length < messages.length;
    },
    // An outdated schema or a missing grant is not caused by a message either.
    isTransient: (error) => databaseFailure(error) !== 'data',
    pause: () => sleep(PAUSE_MS),
  });

  const queue = createBatchQueue<readonly OrderMessage[], void>({
    maxItems: MAX_BATCHES,
    maxWaiting: MAX_WAITING,
    weigh: (messages) => messages.reduce((lines, message) => lines + countLines(message), 0),
    maxWeight: MAX_LINES,
    async process(batches) {
      await results.waitForCapacity();
      // The batch of one partition may exceed the limit of a transaction.
      for (const part of splitByLines(batches.flat())) {
        const rejected = await stallDetector.track(() => processPart(part));
        report.rejected(rejected);
        waiting.answered(rejected.map(({ message }) => message.id));
      }
      return batches.map(() => ({ status: 'fulfilled', value: undefined }));
    },
  });

  async function consume(inbound: readonly InboundMessage[]): Promise<readonly DeadLetter[]> {
    const arrivedAt = now();
    const orders: OrderMessage[] = [];
    const malformed: (RefusedMessage & { readonly position: string })[] = [];
    const unsupported: string[] = [];
    const deadLetters: DeadLetter[] = [];
    for (const record of inbound) {
      const decoded = decodeMessage(record, arrivedAt);
      if (decoded.kind === 'order')
        orders.push(tracing ? withTrace(decoded.message, record) : decoded.message);
      else if (decoded.kind === 'unsupported') unsupported.push(decoded.type);
      else if (decoded.kind === 'dead-letter') deadLetters.push({ message: record, reason: decoded.reason });
      else {
        const { messageId, orderId, reason } = decoded;
        const receivedAt = arrivedAt.toISOString();
        malformed.push({ messageId, orderId, reason, receivedAt, position: record.position });
      }
    }
    // Runs first, because it may fail, and a redelivered batch must not be reported twice.
    if (orders.length > 0) await queue.submit(orders);
    report.malformed(malformed);
    report.unsupported(unsupported);
    report.deadLetters(deadLetters);
    await failPoint('inventory.afterCommitBeforeOffset');
    return deadLetters;
  }

  return { consume, lockReason: waiting.lockReason };
}
