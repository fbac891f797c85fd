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

export const FOUR_STATEMENTS = '4 statements, the last a NOTIFY';
export const ONE_STATEMENT = 'the same as 1 statement';

/** pgbench scripts of the order service's transaction and of the same in one statement. */
export const orderTransactions = {
  [FOUR_STATEMENTS]: `BEGIN;
${orderRow} \\gset
INSERT INTO order_items (order_id, sku, position, quantity) VALUES (:id, 'BENCH-1', 0, 1);
INSERT INTO ${messageColumns}
VALUES (:message_id, 'order-events', :id, 'order.placed.v1', ${payload(':id')}, ${traceHeader});
SELECT ${notify};
COMMIT;
`,
  [ONE_STATEMENT]: `${oneStatement}\nSELECT ${notify} FROM message;\n`,
};

const CUSTOMER_ORDERS = `SELECT uuidv7() AS id, uuidv7() AS message_id, 'BENCH-' || (1 + number % 8) AS sku
  FROM generate_series(1, $1) AS number`;
const messageOf = (
  id: string,
  sku: string,
) => `jsonb_build_object('orderId', ${id}, 'customerId', 'benchmark',
  'items', jsonb_build_array(jsonb_build_object('sku', ${sku}, 'quantity', 1)),
  'placedAt', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))`;

/** Places $1 orders in one transaction. */
export const placeOrders = `WITH wanted AS MATERIALIZED (${CUSTOMER_ORDERS}), placed AS (
INSERT INTO orders (id, customer_id, message_id) SELECT id, 'benchmark', message_id FROM wanted
), lines AS (
INSERT INTO order_items (order_id, sku, position, quantity) SELECT id, sku, 0, 1 FROM wanted
), messages AS (
INSERT INTO ${messageColumns}
SELECT message_id, 'order-events', id, 'order.placed.v1', ${messageOf('id', 'sku')}, ${traceHeader} FROM wanted
)
SELECT ${notify}`;

/** Places one order whose message is followed by $1 - 1 repetitions under new ids. Returns its id. */
export const placeOneKey = `WITH placed AS (
${orderRow}
), line AS (
INSERT INTO order_items (order_id, sku, position, quantity) SELECT id, 'BENCH-1', 0, 1 FROM placed
), messages AS (
INSERT INTO ${messageColumns}
SELECT CASE number WHEN 1 THEN message_id ELSE uuidv7() END, 'order-events', id, 'order.placed.v1',
  ${messageOf('id', "'BENCH-1'")}, ${traceHeader}
FROM placed, generate_series(1, $1) AS number ORDER BY number
)
SELECT id, ${notify} FROM placed`;
