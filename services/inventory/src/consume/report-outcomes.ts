import type { MessageResult } from '@lmt/contracts';
import type { DeadLetter } from '@lmt/messaging';
import { throttleLog } from '@lmt/resilience';
import type { Logger, Metrics } from '@lmt/service-kit';
import type { ResultSender } from '../results/send-results.js';
import type { HeldRows } from '../stock/find-held-rows.js';
import { logStock } from '../stock/log.js';
import type { Rejected } from './bisect-failures.js';
import type { OrderMessage } from './decode-message.js';
import type { ProcessedBatch } from './process-orders.js';

interface OutcomeReportOptions {
  readonly results: ResultSender;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly now: () => Date;
}

/** Ids of a message without effect, and the reason. */
export interface RefusedMessage {
  readonly messageId: string;
  readonly orderId: string;
  readonly reason: string;
  /** When this process received the message. */
  readonly receivedAt: string;
}

// Omits the database's error text, which may quote data, because results leave this service.
const REJECTED_BY_DATABASE = "the inventory's database rejects the message; see the inventory's log";

const ROWS_HELD =
  'messages skipped until their deadline, because another database session holds their rows; end the session (see heldBy or the oldest xact_start in pg_stat_activity)';
const MAX_LISTED = 10;
const OUTCOMES = [
  'succeeded',
  'rejected',
  'duplicate',
  'failed',
  'locked',
  'unsupported',
  'dead_letter',
] as const;

/** Logs and counts the outcome of each message, and sends the results. */
export function createOutcomeReport({ results, logger, metrics, now }: OutcomeReportOptions) {
  const counter = metrics.counter(
    { name: 'inbox_messages_consumed_total', help: 'Messages consumed, by outcome', labelNames: ['outcome'] },
    OUTCOMES.map((outcome) => ({ outcome })),
  );
  const warnUnsupported = throttleLog<{ readonly type: string; readonly messages: number }>((details) =>
    logger.warn(
      details,
      'unknown message type, so no result is sent and the relay republishes the message; deploy consumers that know the type before its producers',
    ),
  );
  const warnLocked = throttleLog<object>((details) => logger.warn(details, ROWS_HELD));

  function sendFailed(refused: readonly RefusedMessage[]): void {
    counter.inc({ outcome: 'failed' }, refused.length);
    const processedAt = now().toISOString();
    results.send(refused.map((message): MessageResult => ({ ...message, outcome: 'FAILED', processedAt })));
  }

  return {
    processed(batch: ProcessedBatch): void {
      logStock(logger, batch);
      for (const { result, duplicates, fresh } of batch.applied) {
        if (fresh) counter.inc({ outcome: result.outcome.toLowerCase() });
        if (duplicates > 0) counter.inc({ outcome: 'duplicate' }, duplicates);
      }
      results.send(
        batch.applied.map(({ message: { id, key, traceparent }, result }) => ({
          messageId: id,
          orderId: key,
          ...result,
          ...(traceparent !== undefined && { traceparent }),
        })),
      );
      for (const { message, usedBy } of batch.conflicts)
        logger.error(
          { usedFor: usedBy.key, usedType: usedBy.type, orderId: message.key, messageId: message.id },
          'message id already used for another message, reported as FAILED; look for a faulty or foreign producer',
        );
      sendFailed(
        batch.conflicts.map(({ message: { id, key, receivedAt }, usedBy }) => ({
          messageId: id,
          orderId: key,
          receivedAt,
          reason: `its message id was already used for key ${usedBy.key} (${usedBy.type})`,
        })),
      );
    },
    rejected(rejected: readonly Rejected<OrderMessage>[]): void {
      for (const { message, error } of rejected)
        logger.error(
          { err: error, orderId: message.key, messageId: message.id },
          'database rejects the message, reported as FAILED',
        );
      sendFailed(
        rejected.map(({ message: { id, key, receivedAt } }) => ({
          messageId: id,
          orderId: key,
          receivedAt,
          reason: REJECTED_BY_DATABASE,
        })),
      );
    },
    /**
     * @param held the rows found, empty if the messages wait for invisible rows
     */
    locked(messages: readonly OrderMessage[], held: HeldRows): void {
      const [first] = messages;
      if (first === undefined) return;
      counter.inc({ outcome: 'locked' }, messages.length);
      warnLocked({
        heldBy: held.heldBy,
        skus: [...held.skus].slice(0, MAX_LISTED),
        orders: [...held.orders].slice(0, MAX_LISTED),
        messages: messages.length,
        orderId: first.key,
        messageId: first.id,
      });
    },
    malformed(malformed: readonly (RefusedMessage & { readonly position: string })[]): void {
      for (const { reason, receivedAt: _, ...message } of malformed)
        logger.warn({ reason, ...message }, 'malformed message, reported as FAILED');
      sendFailed(malformed.map(({ position: _, ...message }) => message));
    },
    unsupported(types: readonly string[]): void {
      const [type] = types;
      if (type === undefined) return;
      counter.inc({ outcome: 'unsupported' }, types.length);
      warnUnsupported({ type, messages: types.length });
    },
    deadLetters(deadLetters: readonly DeadLetter[]): void {
      counter.inc({ outcome: 'dead_letter' }, deadLetters.length);
      // The transport logs each dead letter as a warning, once it is parked.
      for (const { message, reason } of deadLetters)
        logger.debug(
          { reason, position: message.position },
          'dead letter: record has no usable message id or key',
        );
    },
  };
}
