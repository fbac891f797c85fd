import { setTimeout as sleepFor } from 'node:timers/promises';
import { type MessageResult, ORDER_PLACED } from '@lmt/contracts';
import type { DeadLetter, MessageHandler } from '@lmt/messaging';
import { databaseFailure, type InventoryDatabase } from '@lmt/prisma-inventory';
import { createBatchQueue, failPoint, retryOnConflict, type StallDetector } from '@lmt/resilience';
import type { Logger, Metrics } from '@lmt/service-kit';
import type { ResultSender } from '../results/send-results.js';
import { logStock } from '../stock/log.js';
import { createFailureBisection, type Rejected } from './bisect-failures.js';
import { decodeMessage, type OrderMessage } from './decode-message.js';
import { processOrders } from './process-orders.js';

interface OrderConsumerOptions {
  readonly database: InventoryDatabase;
  readonly results: ResultSender;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly now?: () => Date;
  readonly sleep?: (ms: number) => Promise<unknown>;
  /** Tracks every batch. */
  readonly stallDetector: StallDetector;
}

// A line is a message or one of its items. The limit bounds the duration of a statement.
const MAX_LINES = 5_000;
const MAX_BATCHES = 64;
const MAX_WAITING = 10_000;
const PAUSE_MS = 100;
// Omits the database's error text, which may quote data, because results leave this service.
const REJECTED_BY_DATABASE = "the inventory's database rejects the message; see the inventory's log";

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

/**
 * Creates the handler of order events. It resolves once the effects of a batch are committed; the
 * broker's offset is committed afterwards. Results are sent asynchronously. Batches of several
 * partitions that arrive together share a transaction. A message whose data the database rejects
 * gets a FAILED result. Any other failure is thrown, and the batch is redelivered.
 */
export function createOrderConsumer(options: OrderConsumerOptions): MessageHandler {
  const { database, results, logger, metrics, stallDetector } = options;
  const { now = () => new Date(), sleep = sleepFor } = options;
  const counter = metrics.counter({
    name: 'inbox_messages_consumed_total',
    help: 'Messages consumed, by outcome',
    labelNames: ['outcome'],
  });

  /** Reports each part right after its commit. If a later part fails, all parts are redelivered. */
  async function processAndReport(messages: readonly OrderMessage[]): Promise<void> {
    const processed = await retryOnConflict(() => processOrders(database, messages, now), {
      isConflict: (error) => databaseFailure(error) === 'conflict',
      onRetry: (err, attempt) =>
        logger.warn({ err, messages: messages.length, attempt }, 'batch rolled back; retrying'),
    });
    logStock(logger, processed);
    for (const { result, duplicates, fresh } of processed.consumed) {
      if (fresh) counter.inc({ outcome: result.outcome.toLowerCase() });
      if (duplicates > 0) counter.inc({ outcome: 'duplicate' }, duplicates);
    }
    results.send(
      processed.consumed.map(({ message, result }) => ({
        messageId: message.id,
        orderId: message.key,
        ...result,
      })),
    );
  }

  const processPart = createFailureBisection({
    process: processAndReport,
    // An outdated schema or a missing grant is not caused by a message either.
    isTransient: (error) => databaseFailure(error) !== 'data',
    pause: () => sleep(PAUSE_MS),
  });

  function toFailed(messageId: string, orderId: string, reason: string): MessageResult {
    return { messageId, orderId, outcome: 'FAILED', reason, processedAt: now().toISOString() };
  }

  function reportRejected(rejected: readonly Rejected<OrderMessage>[]): void {
    for (const { message, error } of rejected)
      logger.error(
        { err: error, orderId: message.key, messageId: message.id },
        'database rejects the message, reported as FAILED',
      );
    counter.inc({ outcome: 'failed' }, rejected.length);
    results.send(rejected.map(({ message: { id, key } }) => toFailed(id, key, REJECTED_BY_DATABASE)));
  }

  const queue = createBatchQueue<readonly OrderMessage[], void>({
    maxItems: MAX_BATCHES,
    maxWaiting: MAX_WAITING,
    weigh: (messages) => messages.reduce((lines, message) => lines + countLines(message), 0),
    maxWeight: MAX_LINES,
    async process(batches) {
      await results.waitForCapacity();
      // The batch of one partition may exceed the limit of a transaction.
      for (const part of splitByLines(batches.flat()))
        reportRejected(await stallDetector.track(() => processPart(part)));
      return batches.map(() => ({ status: 'fulfilled', value: undefined }));
    },
  });

  return async (inbound) => {
    const batch = inbound.map((record) => ({ record, decoded: decodeMessage(record) }));
    const messages = batch.flatMap(({ decoded }) => (decoded.kind === 'order' ? [decoded.message] : []));
    // Runs first, because it may fail and a redelivered batch must not be reported twice.
    if (messages.length > 0) await queue.submit(messages);

    const malformed: MessageResult[] = [];
    const deadLetters: DeadLetter[] = [];
    for (const { record, decoded } of batch) {
      const { position } = record;
      if (decoded.kind === 'malformed') {
        const { messageId, orderId, reason } = decoded;
        logger.warn({ reason, orderId, messageId, position }, 'malformed message, reported as FAILED');
        malformed.push(toFailed(messageId, orderId, reason));
      } else if (decoded.kind === 'dead-letter') {
        const { reason } = decoded;
        logger.warn({ reason, position }, 'dead letter: record has no usable message id or key');
        deadLetters.push({ message: record, reason });
      }
    }
    counter.inc({ outcome: 'failed' }, malformed.length);
    counter.inc({ outcome: 'dead_letter' }, deadLetters.length);
    results.send(malformed);
    await failPoint('inventory.afterCommitBeforeOffset');
    return deadLetters;
  };
}
