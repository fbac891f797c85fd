import { createHmac } from 'node:crypto';
import { signingKey } from './signing-key.js';

export interface SignedContent {
  /** Unique to the message, the same on every retry; without full stops. */
  readonly id: string;
  /** Unix time of this attempt, in seconds. */
  readonly timestamp: number;
  /** Exactly the bytes that are sent. */
  readonly body: Buffer | string;
}

export interface SignatureHeaders {
  readonly 'webhook-id': string;
  readonly 'webhook-timestamp': string;
  readonly 'webhook-signature': string;
}

/** Signs as Standard Webhooks says (standardwebhooks.com, symmetric signatures, v1). */
export function signBody(secret: string, { id, timestamp, body }: SignedContent): SignatureHeaders {
  const signature = signatureOf(signingKey(secret), id, String(timestamp), body);
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': `v1,${signature.toString('base64')}`,
  };
}

export function signatureOf(key: Buffer, id: string, timestamp: string, body: Buffer | string): Buffer {
  return createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest();
}
