// The orders that the benchmark places, as HTTP bodies and as pgbench scripts for Postgres alone.
import type { PlaceOrderRequest } from '@lmt/contracts';

export const skus = Array.from({ length: 8 }, (_, index) => `BENCH-${index + 1}`);

/** More than any run sells, so that no order is rejected. */
export const stock = Object.fromEntries(skus.map((sku) => [sku, 10_000_000]));

/** A load on the order service at `url`. */
export interface Load {
  readonly url: string;
  readonly warmUpSeconds: number;
  readonly seconds: number;
}

export const headers = { 'content-type': 'application/json' };

/** One order per SKU, with a single item. */
export const bodies = skus.map((sku) => {
  const order: PlaceOrderRequest = { customerId: 'benchmark', items: [{ sku, quantity: 1 }] };
  return JSON.stringify(order);
});

const orderRow = `INSERT INTO orders (id, customer_id, message_id) VALUES (uuidv7(), 'benchmark', uuidv7())
RETURNING id, message_id`;

const payload = (id: string) => `jsonb_build_object('orderId', ${id}::text, 'customerId', 'benchmark',
  'items', '[{"sku": "BENCH-1", "quantity": 1}]'::jsonb, 'placedAt', now())`;
const messageColumns = 'outbox_messages (id, topic, key, type, payload, headers)';
const traceHeader = `'{"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}'`;
const notify = `pg_notify('outbox_messages', '')`;

const oneStatement = `WITH placed AS (
${orderRow}
), line AS (
INSERT INTO order_items (order_id, sku, position, quantity) SELECT id, 'BENCH-1', 0, 1 FROM placed
), message AS (
INSERT INTO ${messageColumns}
SELECT message_id, 'order-events', id, 'order.placed.v1', ${payload('id')}, ${traceHeader} FROM placed
RETURNING 1
)`;

/** pgbench scripts of the order service's transaction and of shorter variants. */
export const orderTransactions = {
  '4 statements, the last a NOTIFY': `BEGIN;
${orderRow} \\gset
INSERT INTO order_items (order_id, sku, position, quantity) VALUES (:id, 'BENCH-1', 0, 1);
INSERT INTO ${messageColumns}
VALUES (:message_id, 'order-events', :id, 'order.placed.v1', ${payload(':id')}, ${traceHeader});
SELECT ${notify};
COMMIT;
`,
  'the same as 1 statement': `${oneStatement}\nSELECT ${notify} FROM message;\n`,
  '1 statement without NOTIFY': `${oneStatement}\nSELECT 1 FROM message;\n`,
};
