import { type listOrdersQuery, MAX_PAGE_LIMIT, type OrdersPage } from '@lmt/contracts';
import type { OrderDatabase } from '@lmt/prisma-order';
import type { z } from 'zod';
import { type OrderRow, toView } from './order-views.js';

type Query = z.infer<typeof listOrdersQuery>;

/**
 * The most orders that a request reads if an index finds them only in part. The request then takes
 * less than a second at any table size. The next page continues from the cursor.
 */
export const SCAN_LIMIT = 20_000;

interface ScannedOrder extends OrderRow {
  readonly matching: boolean;
  /** True for the last order that the request may read. */
  readonly isLast: boolean;
}

/**
 * Selects the matching orders, newest first, and the last order that was read if the scan ended
 * early. An index gives the order of reading: that of a customer's orders, that of orders with another
 * status than CONFIRMED, or the primary key. Other conditions are checked for each order.
 *
 * The statement prevents plans that read the whole table for a few matches, even if the statistics
 * are wrong or the plan is cached:
 * - The inner LIMIT keeps the other conditions out of the scan.
 * - The scanned customer or status is a range and comes first in ORDER BY. With an equality, the
 *   planner may read the primary key backwards instead and skip all other orders.
 * - Numbers and the status are literals, and the status repeats the condition of its index.
 * - The subquery on the sku is scalar. The planner may execute EXISTS by reading all items.
 * - The session has READ_SESSION_SETTINGS.
 */
export function scanOrders({ status, customerId, sku, limit, cursor }: Query, scanLimit: number) {
  const values: unknown[] = [];
  const bind = (value: unknown) => `$${values.push(value)}`;

  const range: { column: string; value: string }[] = [];
  const conditions: string[] = [];
  if (customerId !== undefined) range.push({ column: 'o.customer_id', value: bind(customerId) });
  else if (status !== undefined && status !== 'CONFIRMED') {
    range.push({ column: 'o.status', value: `'${status}'` });
    conditions.push(`o.status <> 'CONFIRMED'`);
  }
  for (const { column, value } of range) conditions.push(`${column} >= ${value} AND ${column} <= ${value}`);
  const columns = [...range.map(({ column }) => column), 'o.id'].join(', ');
  if (cursor !== undefined) {
    const after = [...range.map(({ value }) => value), `${bind(cursor)}::uuid`].join(', ');
    conditions.push(`(${columns}) < (${after})`);
  }

  const checks: string[] = [];
  if (status !== undefined && !columns.includes('o.status')) checks.push(`o.status = '${status}'`);
  if (sku !== undefined)
    checks.push(`(SELECT i.quantity FROM order_items i
      WHERE i.order_id = o.id AND i.sku = ${bind(sku)}) IS NOT NULL`);

  const orderBy = columns.replaceAll(/[^, ]+/g, '$& DESC');
  // Without checks, every order that is read is listed.
  const maxRows = checks.length === 0 ? MAX_PAGE_LIMIT : scanLimit;
  const statement = `
SELECT o.id, o.customer_id AS "customerId", o.status, o.reject_reason AS "rejectReason",
  o.created_at AS "createdAt", o.updated_at AS "updatedAt", o.matching, o.is_last AS "isLast",
  (SELECT jsonb_agg(jsonb_build_object('sku', i.sku, 'quantity', i.quantity) ORDER BY i.position)
    FROM order_items i WHERE i.order_id = o.id) AS items
FROM (
  SELECT o.*, ${checks.join(' AND ') || 'true'} AS matching, ${checks.length > 0} AND o.place = ${maxRows} AS is_last
  FROM (
    SELECT o.*, row_number() OVER (ORDER BY ${orderBy}) AS place
    FROM orders o WHERE ${conditions.join(' AND ') || 'true'} ORDER BY ${orderBy} LIMIT ${maxRows}
  ) o
) o
WHERE o.matching OR o.is_last
ORDER BY ${orderBy} LIMIT ${bind(limit)}::int`;
  return { statement, values };
}

/** Returns one page of orders without their messages, newest first. */
export async function listOrders(
  database: OrderDatabase,
  query: Query,
  scanLimit = SCAN_LIMIT,
): Promise<OrdersPage> {
  const { statement, values } = scanOrders(query, scanLimit);
  const rows = await database.$queryRawUnsafe<ScannedOrder[]>(statement, ...values);
  const last = rows.at(-1);
  const endsEarly = last?.isLast === true;
  return {
    items: rows.filter(({ matching }) => matching).map(toView),
    nextCursor: last !== undefined && (endsEarly || rows.length === query.limit) ? last.id : null,
    complete: !endsEarly,
    scannedTo: endsEarly ? last.createdAt.toISOString() : null,
  };
}
