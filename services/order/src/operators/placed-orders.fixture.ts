import { expect } from 'vitest';
import type { ServedOrders } from '../served-orders.fixture.js';

export interface PlacedOrder {
  readonly id: string;
  readonly messageId: string;
  readonly createdAt: string;
}

export async function placeOne(service: ServedOrders): Promise<PlacedOrder> {
  return (await service.place({ customerId: 'ada', items: [{ sku: 'KEYBOARD', quantity: 1 }] })).body;
}

/** Reports a result and returns its status. */
export async function reportOutcome(
  service: ServedOrders,
  { id, messageId }: PlacedOrder,
  outcome: string,
  reason?: string,
): Promise<string | undefined> {
  const processedAt = '2026-01-01T00:00:00.000Z';
  const { body } = await service.report({
    results: [{ messageId, orderId: id, outcome, reason, processedAt }],
  });
  return body.results[0]?.status;
}

/** Places an order whose message is DEAD. */
export async function placeDead(service: ServedOrders, reason = 'gave up'): Promise<PlacedOrder> {
  const order = await placeOne(service);
  expect(await reportOutcome(service, order, 'FAILED', reason)).toBe('applied');
  return order;
}
