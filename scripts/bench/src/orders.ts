// The orders that the load consists of: one item, of one of a few SKUs in turn.
import type { PlaceOrderRequest } from '@lmt/contracts';

export const skus = Array.from({ length: 8 }, (_, index) => `BENCH-${index + 1}`);

/** More than any run sells, so that no order is rejected. */
export const stock = Object.fromEntries(skus.map((sku) => [sku, 10_000_000]));

export const headers = { 'content-type': 'application/json' };

export const bodies = skus.map((sku) => {
  const order: PlaceOrderRequest = { customerId: 'benchmark', items: [{ sku, quantity: 1 }] };
  return JSON.stringify(order);
});
