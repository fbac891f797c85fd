import { z } from 'zod';

// biome-ignore lint/suspicious/noControlCharactersInRegex: refusing them is the point
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

/**
 * A text of one line, its length counted in UTF-16 code units.
 *
 * Refuses control characters, line separators and lone surrogates: zod takes them, but Postgres refuses
 * NUL, UTF-8 has no lone surrogates, and the others can forge lines where texts are shown.
 */
export function safeText({ min, max }: { readonly min: number; readonly max: number }) {
  return z
    .string()
    .min(min)
    .max(max)
    .refine((text) => text.isWellFormed() && !CONTROL.test(text), {
      error: 'Invalid text: expected no control characters and no lone surrogates',
    });
}
