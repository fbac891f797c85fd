import { z } from 'zod';

// Control characters and line separators can forge log lines, and Postgres cannot store NUL and
// lone surrogates (Cs).
const ALLOWED = /^[^\p{Cc}\p{Cs}\u2028\u2029]*$/u;
const FORBIDDEN = /[\p{Cc}\u2028\u2029]/gu;
const REPLACEMENT = '\ufffd';

/**
 * Accepts well-formed Unicode without control characters, which is safe to store and to log.
 * Postgres rejects NUL and lone surrogates, but zod's string() accepts both.
 */
export function text({ max }: { readonly max: number }) {
  const length = `expected 1 to ${max} characters`;
  return z
    .string({ error: `expected a string of 1 to ${max} characters` })
    .min(1, { error: length })
    .max(max, { error: length })
    .regex(ALLOWED, { error: 'expected text without control characters or broken Unicode' });
}

/** Replaces forbidden characters and truncates, so `text({ max })` accepts any non-empty value. */
export function toText(value: string, max: number): string {
  // Truncates before toWellFormed, because truncation may split a surrogate pair.
  return value.replace(FORBIDDEN, REPLACEMENT).slice(0, max).toWellFormed();
}

export const customerId = text({ max: 128 });

/** Reason for a rejection, a cancellation, a failed message or an operator's decision. */
export const reason = text({ max: 500 });

/** A uuid in lower case. Ids are compared as text, and Postgres returns them in lower case. */
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

/** The body of an answer. The type is readonly at its first level. */
export const view = <const S extends z.ZodRawShape>(shape: S) => z.object(shape).readonly();

/** A time in an answer. */
export const time = z.iso.datetime();

/** A list in an answer. */
export const listOf = <S extends z.ZodType>(item: S) => z.array(item).readonly();
