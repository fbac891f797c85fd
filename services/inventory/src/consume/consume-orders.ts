import { type MessageResult, ORDER_PLACED } from '@lmt/contracts';
import type { DeadLetter, InboundMessage, MessageHandler } from '@lmt/messaging';
import { databaseFailure, type InventoryDatabase } from '@lmt/prisma-inventory';
import { createBatchQueue, type StallDetector } from '@lmt/resilience';
import type { Logger, Metrics } from '@lmt/service-kit';
import type { ResultSender } from '../results/send-results.js';
import { logStock } from '../stock/log.js';
import { createIsolation, type GivenUp } from './bisect-failures.js';
import { decodeMessage, type OrderMessage } from './decode-message.js';
import { type ProcessedBatch, processOrders } from './process-orders.js';

export interface OrderConsumerOptions {
  readonly database: InventoryDatabase;
  readonly results: ResultSender;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly now: () => Date;
  readonly sleep: (ms: number) => Promise<unknown>;
  /** Told of every batch. */
  readonly progress: StallDetector;
}

// A message and each of its items count as one: statements must end long before their time-out.
const MAX_LINES_A_TRANSACTION = 5_000;
const MAX_CONFLICTS = 5;
const PAUSE_MS = 100;
// Without the database's words: they may hold data, and the result travels.
const REFUSED = "the inventory's database refuses it; the inventory's log says why";

const linesOf = (message: OrderMessage) =>
  1 + (message.type === ORDER_PLACED ? message.payload.items.length : 0);

/** In order, in parts of so many lines; a message that has more is a part of its own. */
function splitByLines(messages: readonly OrderMessage[], most: number): OrderMessage[][] {
  const parts: OrderMessage[][] = [];
  let lines = Number.POSITIVE_INFINITY;
  for (const message of messages) {
    lines += linesOf(message);
    if (lines > most) {
      parts.push([]);
      lines = linesOf(message);
    }
    parts.at(-1)?.push(message);
  }
  return parts;
}

function resultsOf({ consumed }: ProcessedBatch): MessageResult[] {
  return consumed.map(({ message, result }) => ({ messageId: message.id, orderId: message.key, ...result }));
}

/**
 * The handler of the order events. It resolves once the batch's effect is committed, so that the
 * broker's offset is committed after it; results leave on their own way. Batches of several
 * partitions that arrive together share a transaction. A message that the database refuses for what
 * it holds is given up, with a FAILED result; it throws for every other failure, and the batch comes
 * again.
 */
export function createOrderConsumer(options: OrderConsumerOptions): MessageHandler {
  const { database, results, logger, metrics, now, sleep, progress } = options;
  const consumed = metrics.counter({
    name: 'inbox_messages_consumed_total',
    help: 'Messages by what became of them',
    labelNames: ['outcome'],
  });

  async function processAgainOnConflict(messages: readonly OrderMessage[]): Promise<ProcessedBatch> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await processOrders(database, messages, now);
      } catch (error) {
        if (databaseFailure(error) !== 'conflict' || attempt === MAX_CONFLICTS) throw error;
        logger.warn(
          { err: error, messages: messages.length, attempt },
          'batch rolled back; running it again',
        );
      }
    }
  }

  function count({ consumed: messages }: ProcessedBatch): void {
    for (const { result, duplicates, fresh } of messages) {
      if (fresh) consumed.inc({ outcome: result.outcome.toLowerCase() });
      if (duplicates > 0) consumed.inc({ outcome: 'duplicate' }, duplicates);
    }
  }

  /** Tells of a part as soon as it is committed: should a later one fail, it comes again as duplicates. */
  async function takeEffect(messages: readonly OrderMessage[]): Promise<void> {
    const processed = await processAgainOnConflict(messages);
    logStock(logger, processed);
    count(processed);
    results.send(resultsOf(processed));
  }

  const isolate = createIsolation({
    process: takeEffect,
    // A schema that is too old or a right that is missing is no message's fault either.
    mayPass: (error) => databaseFailure(error) !== 'data',
    pause: () => sleep(PAUSE_MS),
  });

  function tellGivenUp(givenUp: readonly GivenUp<OrderMessage>[]): void {
    const processedAt = now().toISOString();
    const failed = givenUp.map(({ message: { id, key }, error }): MessageResult => {
      const ids = { orderId: key, messageId: id };
      logger.error({ err: error, ...ids }, 'message given up, the database refuses it');
      return { ...ids, outcome: 'FAILED', reason: REFUSED, processedAt };
    });
    consumed.inc({ outcome: 'failed' }, failed.length);
    results.send(failed);
  }

  const queue = createBatchQueue<readonly OrderMessage[], void>({
    maxItems: 64,
    maxWaiting: 10_000,
    weigh: (messages) => messages.reduce((lines, message) => lines + linesOf(message), 0),
    maxWeight: MAX_LINES_A_TRANSACTION,
    async process(batches) {
      await results.room();
      // One partition may bring more at once than a transaction should.
      for (const part of splitByLines(batches.flat(), MAX_LINES_A_TRANSACTION))
        tellGivenUp(await progress.track(() => isolate(part)));
      return batches.map(() => ({ status: 'fulfilled', value: undefined }));
    },
  });

  return async (inbound: readonly InboundMessage[]) => {
    const messages: OrderMessage[] = [];
    const poison: { readonly result: MessageResult; readonly position: string }[] = [];
    const deadLetters: DeadLetter[] = [];
    for (const message of inbound) {
      const decoded = decodeMessage(message);
      if (decoded.kind === 'order') messages.push(decoded.message);
      else if (decoded.kind === 'dead-letter') deadLetters.push({ message, reason: decoded.reason });
      else {
        const { messageId, orderId, reason } = decoded;
        const processedAt = now().toISOString();
        const result: MessageResult = { messageId, orderId, outcome: 'FAILED', reason, processedAt };
        poison.push({ result, position: message.position });
      }
    }
    // First what may fail: the batch then comes again, and must not be told of twice.
    if (messages.length > 0) await queue.submit(messages);
    for (const { result, position } of poison) {
      const { reason, orderId, messageId } = result;
      logger.warn({ reason, orderId, messageId, position }, 'message given up');
    }
    for (const { message, reason } of deadLetters) {
      logger.warn({ reason, position: message.position }, 'dead letter: a message without a sender to tell');
    }
    consumed.inc({ outcome: 'failed' }, poison.length);
    consumed.inc({ outcome: 'dead_letter' }, deadLetters.length);
    results.send(poison.map(({ result }) => result));
    return deadLetters;
  };
}
