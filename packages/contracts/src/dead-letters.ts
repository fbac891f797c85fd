import { z } from 'zod';
import { listOf, time, view } from './fields.js';
import { pageLimit } from './page.js';

/** The most characters of a body that `GET /dead-letters` shows. */
export const MAX_DEAD_LETTER_BODY = 2_000;

/** Query of the inventory's internal `GET /dead-letters`. */
export const listDeadLettersQuery = z.strictObject({ limit: pageLimit });

const text = z.string().nullable();

/** A record of the dead-letter topic. Foreign producers may have written any text into it. */
const deadLetterView = view({
  position: z.string().describe('Position in the dead-letter topic: `topic/partition@offset`.'),
  at: time.describe('When the dead-letter topic stored the record.'),
  reason: text.describe('Null if the consumer did not write the record.'),
  origin: text.describe(
    'Position of the record that could not be processed. Null if the consumer did not write it.',
  ),
  key: text,
  type: text,
  messageId: text,
  body: text.describe(
    `The first ${MAX_DEAD_LETTER_BODY} characters. Bytes that are not UTF-8, and control characters except tabs and line breaks, appear as U+FFFD. Null for a tombstone, which has no body.`,
  ),
  truncatedFrom: z
    .int()
    .nullable()
    .describe('Size of the whole body in bytes if `body` is shortened, otherwise null.'),
}).meta({ id: 'DeadLetter' });
export type DeadLetterView = z.infer<typeof deadLetterView>;

/** Response of `GET /dead-letters`, newest first. */
export const deadLettersView = view({
  topic: text.describe('Null without a broker.'),
  total: z.int().describe('Number of records in the topic. 0 if the topic does not exist.'),
  items: listOf(deadLetterView),
}).meta({ id: 'DeadLetters' });
export type DeadLettersView = z.infer<typeof deadLettersView>;
