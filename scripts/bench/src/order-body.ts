// The orders that the load consists of: one item of one of a handful of skus.

export const skus = Array.from({ length: 8 }, (_, index) => `BENCH-${index + 1}`);

export const headers = { 'content-type': 'application/json' };

export const bodies = skus.map((sku) =>
  JSON.stringify({ customerId: 'benchmark', items: [{ sku, quantity: 1 }] }),
);
