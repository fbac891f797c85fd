import { z } from 'zod';
import { oneOf, reason, text, uuid, wholeNumber } from './fields.js';
import type { Outcome } from './message-results.js';
import { type Page, pageLimit } from './page.js';

export const MESSAGE_STATUSES = ['PENDING', 'PUBLISHED', 'COMPLETED', 'DEAD', 'DISCARDED'] as const;
export type MessageStatus = (typeof MESSAGE_STATUSES)[number];

export const MAX_MESSAGES_IN_BULK = 1_000;

const expectedTime = 'expected a time such as 2026-01-31T12:00:00Z';
// JavaScript and Postgres format dates identically only in these years.
const time = z.iso
  .datetime({ offset: true, error: expectedTime })
  .transform((value) => new Date(value))
  .refine((date) => date.getUTCFullYear() >= 1970 && date.getUTCFullYear() <= 9999, { error: expectedTime });

const messageFilter = {
  type: text({ max: 128 }).optional(),
  key: text({ max: 128 }).optional(),
  /** Inclusive. */
  createdAfter: time.optional(),
  /** Exclusive. */
  createdBefore: time.optional(),
  /** Case-sensitive substring of the last error. */
  error: text({ max: 500 }).optional(),
};

// A message id, or the cursor of another scan order (packages/outbox, scan-messages.ts).
const messageCursor = z
  .string()
  .regex(/^([\da-f-]{36}|s\d{1,18}|[\d:.TZ-]{20,34}_\d{1,18})$/i, {
    error: 'expected the nextCursor of an earlier page',
  })
  .optional();

/** Query of the operators' `GET /messages`, newest first. */
export const listMessagesQuery = z.strictObject({
  status: oneOf(MESSAGE_STATUSES).optional(),
  ...messageFilter,
  limit: pageLimit,
  cursor: messageCursor,
});
export type ListMessagesQuery = z.input<typeof listMessagesQuery>;

/**
 * Response of `GET /messages`. A request reads a bounded number of messages. If few of them match,
 * the page ends early: `complete` is false, `items` may be empty, and `nextCursor` continues.
 */
export interface MessagesPage extends Page<MessageView> {
  readonly complete: boolean;
  /**
   * Null if the page is complete. Otherwise the request read the messages written since this time.
   */
  readonly scannedTo: string | null;
}

/** Item of `GET /messages`. */
export interface MessageView {
  readonly id: string;
  readonly topic: string;
  readonly key: string;
  readonly type: string;
  readonly status: MessageStatus;
  readonly attempts: number;
  readonly failures: number;
  readonly availableAt: string;
  readonly lastError: string | null;
  readonly createdAt: string;
  /**
   * `claimedAt`, `publishedAt` and `position` describe the first publication; `history` has the
   * later ones. They are null until it is recorded, `claimedAt` and `position` also if an older relay
   * published. `publishedAt` is when the broker acknowledged the message.
   */
  readonly claimedAt: string | null;
  readonly publishedAt: string | null;
  /** Such as `order-events/3@17`. Null with the direct transport. */
  readonly position: string | null;
  readonly completedAt: string | null;
}

/** Response of `GET /messages/:id` and of a decision on one message. */
export interface MessageDetailView extends MessageView {
  readonly leasedUntil: string | null;
  readonly payload: unknown;
  readonly headers: unknown;
  readonly result: StoredResult | null;
  readonly history: readonly {
    readonly at: string;
    readonly event: string;
    readonly [field: string]: unknown;
  }[];
}

/** The result of the last attempt to process a message. Times are those of the consumer's clock. */
export interface StoredResult {
  readonly outcome: Outcome;
  readonly reason?: string;
  /** When the message reached the consumer. */
  readonly receivedAt?: string;
  readonly processedAt: string;
  /** When the consumer sent the result. */
  readonly sentAt?: string;
}

/** Response of `GET /messages/stats`. */
export interface MessageStatsView {
  readonly counts: Readonly<Record<MessageStatus, number>>;
  /** Counted messages that a relay holds to publish them. */
  readonly inFlight: number;
  /** Statuses whose count is a lower bound. */
  readonly atLeast: readonly MessageStatus[];
  /**
   * Age of the oldest PENDING or PUBLISHED message that was counted. If one of these statuses is in
   * `atLeast`, an older message may exist.
   */
  readonly oldestUnfinishedSeconds: number | null;
}

/** Body of `POST /messages/:id/requeue` and `POST /messages/:id/send-now`. */
export const decideMessageRequest = z.strictObject({ reason: reason.optional() });
/** Body of `POST /messages/:id/discard`. */
export const discardMessageRequest = z.strictObject({ reason });

/**
 * Body of `POST /messages/requeue` and `POST /messages/discard`, which change the dead letters that
 * match `filter`, and of `POST /messages/send-now`, which changes unfinished messages that are not
 * due yet. The filter is required; `{}` matches all of them. The reason is required unless `dryRun`
 * is true.
 */
export const messagesInBulkRequest = z
  .strictObject({
    filter: z.strictObject(messageFilter, { error: 'expected an object; {} for every message' }),
    reason: reason.optional(),
    limit: wholeNumber(1, MAX_MESSAGES_IN_BULK).default(MAX_MESSAGES_IN_BULK),
    dryRun: z.boolean({ error: 'expected true or false' }).default(false),
    cursor: messageCursor,
  })
  .refine((body) => body.dryRun || body.reason !== undefined, {
    path: ['reason'],
    error: 'expected a string of 1 to 500 characters, unless dryRun is true',
  });
export type MessagesInBulkRequest = z.infer<typeof messagesInBulkRequest>;

/** Response of the bulk requests. */
export interface MessagesInBulkResponse {
  /**
   * Number of matching messages before the change, including the `refused` ones. A request reads a
   * bounded number of messages. If `complete` is false, more messages may match.
   */
  readonly matched: number;
  readonly changed: number;
  /** Matching messages that must not be discarded. Always 0 for a requeue. */
  readonly refused: number;
  readonly dryRun: boolean;
  /** The messages that were changed, or that a dry run would change, oldest first. */
  readonly items: readonly {
    readonly id: string;
    readonly key: string;
    readonly type: string;
    readonly lastError: string | null;
  }[];
  /** Whether more messages match, or may match because `complete` is false. */
  readonly more: boolean;
  readonly complete: boolean;
  /** Value of `cursor` for the next messages. Null if these were the last. */
  readonly nextCursor: string | null;
}

/** Query of `GET /operator-actions`, newest first. */
export const listActionsQuery = z.strictObject({
  messageId: uuid.optional(),
  actor: text({ max: 100 }).optional(),
  limit: pageLimit,
  cursor: z
    .string()
    .regex(/^\d{1,18}$/, { error: 'expected the nextCursor of an earlier page' })
    .optional(),
});
export type ListActionsQuery = z.input<typeof listActionsQuery>;

/** Item of `GET /operator-actions`: a decision on a message. The message may have been purged. */
export interface OperatorActionView {
  readonly id: string;
  readonly at: string;
  readonly actor: string;
  readonly action: 'requeue' | 'discard' | 'send-now';
  readonly messageId: string;
  readonly messageKey: string;
  readonly messageType: string;
  readonly reason: string | null;
}

/** Header `X-Operator`: the operator name that is recorded with a decision. */
export const operatorName = text({ max: 100 });
