import { setTimeout as sleepFor } from 'node:timers/promises';
import { ORDER_PLACED } from '@lmt/contracts';
import type { DeadLetter, MessageHandler } from '@lmt/messaging';
import { databaseFailure, type InventoryDatabase } from '@lmt/prisma-inventory';
import { createBatchQueue, failPoint, retryOnConflict, type StallDetector } from '@lmt/resilience';
import type { Logger, Metrics } from '@lmt/service-kit';
import type { ResultSender } from '../results/send-results.js';
import { createFailureBisection } from './bisect-failures.js';
import { decodeMessage, type OrderMessage } from './decode-message.js';
import { processOrders } from './process-orders.js';
import { createOutcomeReport, type RefusedMessage } from './report-outcomes.js';

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
  const report = createOutcomeReport({ results, logger, metrics, now });

  /** Reports each part right after its commit. If a later part fails, all parts are redelivered. */
  async function processAndReport(messages: readonly OrderMessage[]): Promise<void> {
    const processed = await retryOnConflict(() => processOrders(database, messages, now), {
      isConflict: (error) => databaseFailure(error) === 'conflict',
      onRetry: (err, attempt) =>
        logger.warn({ err, messages: messages.length, attempt }, 'batch rolled back; retrying'),
    });
    report.processed(processed);
  }

  const processPart = createFailureBisection({
    process: processAndReport,
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
      for (const part of splitByLines(batches.flat()))
        report.rejected(await stallDetector.track(() => processPart(part)));
      return batches.map(() => ({ status: 'fulfilled', value: undefined }));
    },
  });

  return async (inbound) => {
    const arrivedAt = now();
    const orders: OrderMessage[] = [];
    const malformed: (RefusedMessage & { readonly position: string })[] = [];
    const unsupported: string[] = [];
    const deadLetters: DeadLetter[] = [];
    for (const record of inbound) {
      const decoded = decodeMessage(record, arrivedAt);
      if (decoded.kind === 'order') orders.push(decoded.message);
      else if (decoded.kind === 'unsupported') unsupported.push(decoded.type);
      else if (decoded.kind === 'dead-letter') deadLetters.push({ message: record, reason: decoded.reason });
      else {
        const { messageId, orderId, reason } = decoded;
        malformed.push({ messageId, orderId, reason, position: record.position });
      }
    }
    // Runs first, because it may fail and a redelivered batch must not be reported twice.
    if (orders.length > 0) await queue.submit(orders);
    report.malformed(malformed);
    report.unsupported(unsupported);
    report.deadLetters(deadLetters);
    await failPoint('inventory.afterCommitBeforeOffset');
    return deadLetters;
  };
}
