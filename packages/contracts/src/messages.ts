import { z } from 'zod';
import { oneOf, reason, text, wholeNumber } from './fields.js';
import { pageCursor, pageLimit } from './page.js';

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

/** Query of the operators' `GET /messages`, newest first. */
export const listMessagesQuery = z.strictObject({
  status: oneOf(MESSAGE_STATUSES).optional(),
  ...messageFilter,
  limit: pageLimit,
  cursor: pageCursor,
});
export type ListMessagesQuery = z.input<typeof listMessagesQuery>;

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
  readonly publishedAt: string | null;
  readonly completedAt: string | null;
}

/** Response of `GET /messages/:id` and of a requeue or discard of one message. */
export interface MessageDetailView extends MessageView {
  readonly leasedUntil: string | null;
  readonly payload: unknown;
  readonly headers: unknown;
  readonly result: unknown;
  readonly history: readonly {
    readonly at: string;
    readonly event: string;
    readonly [field: string]: unknown;
  }[];
}

/** Response of `GET /messages/stats`. */
export interface MessageStatsView {
  readonly counts: Readonly<Record<MessageStatus, number>>;
  /** The statuses of which there may be more messages than were counted. */
  readonly atLeast: readonly MessageStatus[];
  /**
   * Age of the oldest PENDING or PUBLISHED message that was counted. If one of these statuses is in
   * `atLeast`, others may be older.
   */
  readonly oldestUnfinishedSeconds: number | null;
}

/** Body of `POST /messages/:id/requeue`. */
export const requeueMessageRequest = z.strictObject({ reason: reason.optional() });
/** Body of `POST /messages/:id/discard`. */
export const discardMessageRequest = z.strictObject({ reason });

/**
 * Body of `POST /messages/requeue` and `POST /messages/discard`, which change the dead letters that
 * match `filter`. The filter is required; `{}` matches all dead letters. The reason is required
 * unless `dryRun` is true.
 */
export const messagesInBulkRequest = z
  .strictObject({
    filter: z.strictObject(messageFilter, { error: 'expected an object; {} for every DEAD message' }),
    reason: reason.optional(),
    limit: wholeNumber(1, MAX_MESSAGES_IN_BULK).default(MAX_MESSAGES_IN_BULK),
    dryRun: z.boolean({ error: 'expected true or false' }).default(false),
  })
  .refine((body) => body.dryRun || body.reason !== undefined, {
    path: ['reason'],
    error: 'expected a string of 1 to 500 characters, unless dryRun is true',
  });
export type MessagesInBulkRequest = z.infer<typeof messagesInBulkRequest>;

/** Response of both bulk requests. */
export interface MessagesInBulkResponse {
  /** Matching DEAD messages before the change, including the `refused` ones. */
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
  /** Whether more messages match than the limit allows. */
  readonly more: boolean;
}

/** Header `X-Operator`: the operator name that is recorded with a decision. */
export const operatorName = text({ max: 100 });
