import { z } from 'zod';
import { signingKey } from '../auth/signature.js';

const MIN_LENGTH = 32;
// Standard Webhooks asks for a key of 24 to 64 bytes.
const MIN_KEY_BYTES = 24;
const HINT = 'Make one: openssl rand -hex 32';

/** A token for `Authorization: Bearer ...`. Required: no secret has a default that works. */
export function bearerToken() {
  const error = `expected at least ${MIN_LENGTH} visible ASCII characters without spaces. ${HINT}`;
  return z.string({ error }).regex(new RegExp(`^[\\x21-\\x7e]{${MIN_LENGTH},}$`), { error });
}

/** The first signs, all verify. */
export type Secrets = readonly [string, ...string[]];

/** One secret, or the new and the old one during a rotation, separated by a comma. Required. */
export function secrets() {
  const error = `expected one secret, or the new and the old one separated by a comma, each of at least ${MIN_LENGTH} characters. ${HINT}`;
  return z
    .string({ error })
    .transform((value): Secrets => {
      const [first = '', ...others] = value.split(',').map((part) => part.trim());
      return [first, ...others];
    })
    .refine((all) => all.length <= 2 && all.every(isLongEnough), { error });
}

/** The key of a `whsec_` secret may be shorter than its text, or empty. */
function isLongEnough(secret: string): boolean {
  return secret.length >= MIN_LENGTH && signingKey(secret).length >= MIN_KEY_BYTES;
}
