import { v7 as uuidv7 } from 'uuid';
import type { NewOrder } from './place-orders.js';

/** Makes a client's order. If `key` is given, `body` is its request hash. */
export function anOrder(fields: Partial<NewOrder> & { key?: string; body?: string } = {}): NewOrder {
  const { key, body = 'body', ...given } = fields;
  return {
    id: uuidv7(),
    messageId: uuidv7(),
    customerId: 'ada',
    items: [
      { sku: 'MOUSE', quantity: 1 },
      { sku: 'KEYBOARD', quantity: 2 },
    ],
    idempotency: key === undefined ? null : { key, requestHash: body },
    traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
    ...given,
  };
}
