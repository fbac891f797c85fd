import { z } from 'zod';
import { pageCursor, pageLimit } from './page.js';
import { text } from './text.js';

export const MESSAGE_STATUSES = ['PENDING', 'PUBLISHED', 'COMPLETED', 'DEAD', 'DISCARDED'] as const;
export type MessageStatus = (typeof MESSAGE_STATUSES)[number];

/** Messages that one request in bulk changes at most. */
export const MAX_MESSAGES_IN_BULK = 1_000;

const expectedTime = 'expected a time such as 2026-01-31T12:00:00Z';
// Of the years that both JavaScript and Postgres write alike.
const time = z.iso
  .datetime({ offset: true, error: expectedTime })
  .transform((value) => new Date(value))
  .refine((date) => date.getUTCFullYear() >= 1970 && date.getUTCFullYear() <= 9999, { error: expectedTime });

const messageFilter = {
  type: text({ max: 128 }).optional(),
  key: text({ max: 128 }).optional(),
  /** Written at that time or later. */
  createdAfter: time.optional(),
  /** Written before that time. */
  createdBefore: time.optional(),
  /** A part of the last error, in the same letters. */
  error: text({ max: 500 }).optional(),
};

/** Query of the operators' `GET /messages`, newest first. */
export const listMessagesQuery = z.strictObject({
  status: z.enum(MESSAGE_STATUSES, { error: `expected one of ${MESSAGE_STATUSES.join(', ')}` }).optional(),
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

/** Response of `GET /messages/:id` and of a decision on one message. */
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
  /** Age of the oldest PENDING or PUBLISHED message. */
  readonly oldestUnfinishedSeconds: number | null;
}

const reason = text({ max: 500 });

/** Body of `POST /messages/:id/requeue`. */
export const requeueMessageRequest = z.strictObject({ reason: reason.optional() });
/** Body of `POST /messages/:id/discard`. */
export const discardMessageRequest = z.strictObject({ reason });

const expectedLimit = `expected a whole number from 1 to ${MAX_MESSAGES_IN_BULK}`;

/**
 * Body of `POST /messages/requeue` and `POST /messages/discard`: all dead letters that fit `filter`. An
 * empty filter means every dead letter, and has to be said. Only a dry run needs no reason.
 */
export const messagesInBulkRequest = z
  .strictObject({
    filter: z.strictObject(messageFilter, { error: 'expected an object; {} for every DEAD message' }),
    reason: reason.optional(),
    limit: z
      .int({ error: expectedLimit })
      .min(1, { error: expectedLimit })
      .max(MAX_MESSAGES_IN_BULK, { error: expectedLimit })
      .default(MAX_MESSAGES_IN_BULK),
    dryRun: z.boolean({ error: 'expected true or false' }).default(false),
  })
  .refine((body) => body.dryRun || body.reason !== undefined, {
    path: ['reason'],
    error: 'expected a string of 1 to 500 characters, unless dryRun is true',
  });
export type MessagesInBulkRequest = z.infer<typeof messagesInBulkRequest>;

/** Answer of both. */
export interface MessagesInBulkResponse {
  /** DEAD messages that fit, `refused` ones among them, before anything was changed. */
  readonly matched: number;
  readonly changed: number;
  /** Of those that fit, the ones that must not be discarded; 0 when requeueing. */
  readonly refused: number;
  readonly dryRun: boolean;
  /** What was changed, or by a dry run would be: the oldest first. */
  readonly items: readonly {
    readonly id: string;
    readonly key: string;
    readonly type: string;
    readonly lastError: string | null;
  }[];
  /** Whether others fit beyond the limit. */
  readonly more: boolean;
}

/** Header `X-Operator`: who it is that decides, for the record. */
export const operatorName = text({ max: 100 });
