import { z } from 'zod';
import { pageLimit } from './page.js';

/** The most characters of a body that `GET /dead-letters` shows. */
export const MAX_DEAD_LETTER_BODY = 2_000;

/** Query of the inventory's internal `GET /dead-letters`. */
export const listDeadLettersQuery = z.strictObject({ limit: pageLimit });

/** A record of the dead-letter topic. Foreign producers may have written any text into it. */
export interface DeadLetterView {
  /** Position in the dead-letter topic: `topic/partition@offset`. */
  readonly position: string;
  /** When the dead-letter topic stored the record. */
  readonly at: string;
  /** Null if the consumer did not write the record. */
  readonly reason: string | null;
  /** Position of the record that could not be processed. Null if the consumer did not write it. */
  readonly origin: string | null;
  readonly key: string | null;
  readonly type: string | null;
  readonly messageId: string | null;
  /**
   * The first MAX_DEAD_LETTER_BODY characters. Bytes that are not UTF-8, and control characters
   * except tabs and line breaks, appear as U+FFFD. Null for a tombstone, which has no body.
   */
  readonly body: string | null;
  /** Size of the whole body in bytes if `body` is shortened, otherwise null. */
  readonly truncatedFrom: number | null;
}

/** Response of `GET /dead-letters`, newest first. */
export interface DeadLettersView {
  /** Null without a broker. */
  readonly topic: string | null;
  /** Number of records in the topic. 0 if the topic does not exist. */
  readonly total: number;
  readonly items: readonly DeadLetterView[];
}
