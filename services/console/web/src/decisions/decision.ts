import { ApiError } from '../api/request.ts';
import { encodeOperator } from './operator.ts';

export type Verb = 'requeue' | 'discard' | 'send-now';

/** A decision that an operator has entered. */
export interface Decision {
  /** Undefined if the operator gave none. */
  readonly reason: string | undefined;
  /** Identification of the request. The same decision keeps them for a retry. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Random, because a browser offers `crypto.randomUUID` only to pages of this machine or of HTTPS. */
function createKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
}

/**
 * Returns a function that keys decisions: the same content gets the same Idempotency-Key until
 * `reset`, so a retry after a lost answer takes effect once.
 */
export function createKeys(): { readonly keyOf: (content: string) => string; readonly reset: () => void } {
  const keys = new Map<string, string>();
  return {
    keyOf(content) {
      const key = keys.get(content) ?? createKey();
      keys.set(content, key);
      return key;
    },
    reset: () => keys.clear(),
  };
}

/** The headers of a decision. Without a name, the service records the name of the console's token. */
export function toHeaders(key: string, operator: string): Readonly<Record<string, string>> {
  return {
    'idempotency-key': key,
    ...(operator === '' ? {} : { 'x-operator': encodeOperator(operator) }),
  };
}

/** Whether the service rejects the operator's name, because the console's token has one of its own. */
export function isNameRefused(error: unknown): boolean {
  return error instanceof ApiError && error.errors.some(({ path }) => path === 'x-operator');
}

/** Whether the decision may have taken effect although the request failed. The retry finds out. */
export function isUncertain(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 0 || error.status >= 500);
}
