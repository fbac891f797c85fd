import { Buffer } from 'node:buffer';

const PREFIX = 'whsec_';

/** The key's bytes: those of a `whsec_` secret's base64 as Standard Webhooks has it, else the text's UTF-8. */
export function signingKey(secret: string): Buffer {
  return secret.startsWith(PREFIX)
    ? Buffer.from(secret.slice(PREFIX.length), 'base64')
    : Buffer.from(secret, 'utf8');
}
