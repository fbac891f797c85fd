import { z } from 'zod';

// C0 and C1 controls, DEL, line and paragraph separators: they forge log lines or cannot be stored.
const FORBIDDEN = /[\p{Cc}\u2028\u2029]/gu;
const REPLACEMENT = '\ufffd';

/**
 * Text that Postgres can store and a log line can show: well-formed Unicode without control
 * characters. Postgres rejects a lone surrogate and NUL, which zod's string() accepts.
 */
export function text({ max }: { readonly max: number }) {
  const length = `expected 1 to ${max} characters`;
  return z
    .string({ error: `expected a string of 1 to ${max} characters` })
    .min(1, { error: length })
    .max(max, { error: length })
    .refine((value) => value.isWellFormed() && value.search(FORBIDDEN) < 0, {
      error: 'expected text without control characters or broken Unicode',
    });
}

/** Makes a string acceptable to `text({ max })`: replaces forbidden characters and shortens it. */
export function toText(value: string, max: number): string {
  // Cut before the repair, because the cut may split a surrogate pair.
  return value.replace(FORBIDDEN, REPLACEMENT).slice(0, max).toWellFormed();
}

export const customerId = text({ max: 128 });

/** Why an order was rejected or cancelled, a message failed, or an operator decided. */
export const reason = text({ max: 500 });

/** A uuid in lower case, as Postgres returns it: ids are compared as text. */
export const uuid = z.uuid({ error: 'expected a uuid' }).toLowerCase();

export function oneOf<const W extends string>(words: readonly W[]) {
  return z.enum(words, { error: `expected one of ${words.join(', ')}` });
}

export function list<S extends z.ZodType>(item: S, noun: string, max: number) {
  const error = `expected 1 to ${max} ${noun}`;
  return z
    .array(item, { error: `expected a list of ${noun}` })
    .min(1, { error })
    .max(max, { error });
}

export function wholeNumber(min: number, max: number) {
  const error = `expected a whole number from ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
}
