import { z } from 'zod';
import { listOf, oneOf, reason, text, time, uuid, view, wholeNumber } from './fields.js';
import { outcome } from './message-results.js';
import { pageLimit, pageOf, scanned } from './page.js';

export const MESSAGE_STATUSES = ['PENDING', 'PUBLISHED', 'COMPLETED', 'DEAD', 'DISCARDED'] as const;
export type MessageStatus = (typeof MESSAGE_STATUSES)[number];

export const MAX_MESSAGES_IN_BULK = 1_000;

const expectedTime = 'expected a time such as 2026-01-31T12:00:00Z';
// JavaScript and Postgres format dates identically only in these years.
const filterTime = z.iso
  .datetime({ offset: true, error: expectedTime })
  .transform((value) => new Date(value))
  .refine((date) => date.getUTCFullYear() >= 1970 && date.getUTCFullYear() <= 9999, { error: expectedTime });

const messageFilter = {
  type: text({ max: 128 }).optional(),
  key: text({ max: 128 }).optional(),
  /** Inclusive. */
  createdAfter: filterTime.optional(),
  /** Exclusive. */
  createdBefore: filterTime.optional(),
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

/** Item of `GET /messages`. */
const messageFields = {
  id: uuid,
  topic: z.string(),
  key: z.string(),
  type: z.string(),
  status: oneOf(MESSAGE_STATUSES),
  attempts: z.int(),
  failures: z.int(),
  availableAt: time,
  lastError: z.string().nullable(),
  createdAt: time,
  // The first publication; `history` has the later ones.
  claimedAt: time
    .nullable()
    .describe('Null until it is recorded, and if an older relay published the message.'),
  publishedAt: time.nullable().describe('When the broker first acknowledged the message.'),
  position: z
    .string()
    .nullable()
    .describe(
      'Such as `order-events/3@17`. Null with the direct transport, and if an older relay published.',
    ),
  completedAt: time.nullable(),
};

const messageView = view(messageFields).meta({ id: 'Message' });
export type MessageView = z.infer<typeof messageView>;

/**
 * Response of `GET /messages`. A request reads a bounded number of messages. If few of them match,
 * the page ends early: `complete` is false, `items` may be empty, and `nextCursor` continues.
 */
export const messagesPage = view({ ...pageOf(messageView), ...scanned('messages written') });
export type MessagesPage = z.infer<typeof messagesPage>;

/** The result of the last attempt to process a message. Times are by the consumer's clock. */
const storedResult = view({
  outcome,
  reason: z.string().optional(),
  receivedAt: time.optional().describe('When the message reached the consumer.'),
  processedAt: time,
  sentAt: time.optional().describe('When the consumer sent the result.'),
});
export type StoredResult = z.infer<typeof storedResult>;

/** Response of `GET /messages/:id` and of a decision on one message. */
export const messageDetailView = view({
  ...messageFields,
  leasedUntil: time.nullable(),
  payload: z.unknown(),
  headers: z.unknown(),
  result: storedResult.nullable(),
  history: listOf(z.looseObject({ at: z.string(), event: z.string() }).readonly()),
}).meta({ id: 'MessageDetail' });
export type MessageDetailView = z.infer<typeof messageDetailView>;

const counts = view({
  PENDING: z.int(),
  PUBLISHED: z.int(),
  COMPLETED: z.int(),
  DEAD: z.int(),
  DISCARDED: z.int(),
});

/** Response of `GET /messages/stats`. */
export const messageStatsView = view({
  counts,
  inFlight: z.int().describe('Counted messages that a relay is publishing.'),
  atLeast: listOf(oneOf(MESSAGE_STATUSES)).describe('Statuses whose count is a lower bound.'),
  oldestUnfinishedSeconds: z
    .number()
    .nullable()
    .describe(
      'Age of the oldest PENDING or PUBLISHED message that was counted. If one of these statuses is in `atLeast`, an older message may exist.',
    ),
}).meta({ id: 'MessageStats' });
export type MessageStatsView = z.infer<typeof messageStatsView>;

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
export const messagesInBulkResponse = view({
  matched: z
    .int()
    .describe(
      'Matching messages before the change, including the `refused` ones. If `complete` is false, more messages may match.',
    ),
  changed: z.int(),
  refused: z.int().describe('Matching messages that must not be discarded. Always 0 for a requeue.'),
  dryRun: z.boolean(),
  items: listOf(
    view({ id: uuid, key: z.string(), type: z.string(), lastError: z.string().nullable() }),
  ).describe('The messages that were changed, or that a dry run would change, oldest first.'),
  more: z.boolean().describe('Whether more messages match, or may match because `complete` is false.'),
  complete: z.boolean(),
  nextCursor: z
    .string()
    .nullable()
    .describe('Value of `cursor` for the next messages. Null if these were the last.'),
}).meta({ id: 'MessagesInBulk' });
export type MessagesInBulkResponse = z.infer<typeof messagesInBulkResponse>;

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
const operatorActionView = view({
  id: z.string(),
  at: time,
  actor: z.string(),
  action: z.enum(['requeue', 'discard', 'send-now']),
  messageId: uuid,
  messageKey: z.string(),
  messageType: z.string(),
  reason: z.string().nullable(),
}).meta({ id: 'OperatorAction' });
export type OperatorActionView = z.infer<typeof operatorActionView>;

export const operatorActionsPage = view(pageOf(operatorActionView));

/** Header `X-Operator`: the operator name that is recorded with a decision. */
export const operatorName = text({ max: 100 });
