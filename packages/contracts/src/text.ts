import { z } from 'zod';

// C0 and C1 controls, DEL, line and paragraph separators: they forge log lines or can't be stored.
// biome-ignore lint/suspicious/noControlCharactersInRegex: naming them is the purpose
const FORBIDDEN = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;
const REPLACEMENT = '\ufffd';

/**
 * Text that Postgres can store and a log line can show: well-formed Unicode (no lone surrogate, no
 * NUL: Postgres' text refuses both, zod's string() accepts both) without control characters.
 */
export function text(limits: { readonly min?: number; readonly max: number }) {
  const { min = 1, max } = limits;
  return z
    .string({ error: `expected a string of ${min} to ${max} characters` })
    .min(min, { error: `expected ${min} to ${max} characters` })
    .max(max, { error: `expected ${min} to ${max} characters` })
    .refine((value) => value.isWellFormed() && !FORBIDDEN.test(value), {
      error: 'expected text without control characters or broken Unicode',
    });
}

/** Any string as `text({ max })` takes it: what is forbidden replaced, what is too long cut off. */
export function textOf(value: string, max: number): string {
  const allowed = value.replace(new RegExp(FORBIDDEN, 'g'), REPLACEMENT);
  // Cut first: the cut may fall between the halves of a character.
  return allowed.slice(0, max).toWellFormed();
}
