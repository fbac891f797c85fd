import { z } from 'zod';
import { signingKey } from '../signing/signing-key.js';

const MIN_LENGTH = 32;
// Standard Webhooks: between 24 and 64 bytes.
const MIN_KEY_BYTES = 24;
const WAY_OUT = 'Make one: openssl rand -hex 32';

/** By its text, and by its key: that of a `whsec_` secret is shorter than its text, or empty. */
function isLongEnough(value: string): boolean {
  return value.length >= MIN_LENGTH && signingKey(value).length >= MIN_KEY_BYTES;
}

/**
 * A secret that travels as `Authorization: Bearer ...`: of visible ASCII characters, since no other would
 * ever match a header. Required: no secret has a default that works. Its value never stands in a message.
 */
export function bearerToken() {
  const expected = `expected at least ${MIN_LENGTH} visible ASCII characters without blanks. ${WAY_OUT}`;
  return z
    .string({ error: `is not set: ${expected}` })
    .refine((value) => /^[\x21-\x7e]+$/.test(value) && value.length >= MIN_LENGTH, {
      error: `is wrong: ${expected}`,
    });
}

/** At least one; the first signs, all verify. */
export type Secrets = readonly [string, ...string[]];

/** One secret, or two separated by a comma while one replaces the other: the first signs, all verify. */
export function secrets() {
  const expected = `expected one secret, or the new and the old one separated by a comma, each of at least ${MIN_LENGTH} characters. ${WAY_OUT}`;
  return z.string({ error: `is not set: ${expected}` }).transform((value, context): Secrets => {
    const [first = '', ...others] = value.split(',').map((part) => part.trim());
    const all: Secrets = [first, ...others];
    if (all.length <= 2 && all.every(isLongEnough)) return all;
    context.addIssue({ code: 'custom', message: `is wrong: ${expected}` });
    return z.NEVER;
  });
}
