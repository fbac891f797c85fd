import type { SqlClient } from '@lmt/postgres';
import type { StockRequest } from './decide.js';

/** Rows that other sessions hold. */
export interface HeldRows {
  readonly orders: ReadonlySet<string>;
  readonly skus: ReadonlySet<string>;
  /** Process ids of the sessions, as in pg_stat_activity. */
  readonly heldBy: readonly number[];
}

interface HeldRow {
  readonly key: string;
  /** Transaction id of the holder. */
  readonly holder: string;
  readonly pid: number | null;
}

// SKIP LOCKED does not skip a locked table. A table lock affects every message, so this statement
// waits for at most lock_timeout and then fails.
const REQUIRE_TABLES = `
LOCK TABLE inbox_messages, reservations, stock_items, stock_movements IN ROW EXCLUSIVE MODE`;

/**
 * Selects the rows that a transaction of this service would have to wait for, and who holds them.
 */
const selectHeld = (table: string, key: string, type: string) => `
WITH free AS MATERIALIZED (
  SELECT ${key} FROM ${table} WHERE ${key} = ANY($1::${type}[]) FOR NO KEY UPDATE SKIP LOCKED
)
SELECT r.${key}::text AS key, r.xmax::text AS holder, l.pid
FROM ${table} r
LEFT JOIN pg_locks l ON l.locktype = 'transactionid' AND l.transactionid = r.xmax AND l.granted
WHERE r.${key} = ANY($1::${type}[]) AND NOT EXISTS (SELECT FROM free WHERE free.${key} = r.${key})`;
const HELD_RESERVATIONS = selectHeld('reservations', 'order_id', 'uuid');
const HELD_STOCK = selectHeld('stock_items', 'sku', 'text');

// A cancellation releases the stock that its order has deducted.
const DEDUCTED_SKUS = `
SELECT order_id AS "orderId", sku FROM stock_movements
WHERE order_id = ANY($1::uuid[]) AND kind = 'DEDUCT'`;

// Another consumer holds a row for milliseconds. A forgotten or stopped session holds it longer.
const PAUSE_MS = 300;

/**
 * Finds the rows that the requests need and other transactions hold. A row is reported only if the
 * same transaction holds it before and after a pause, so busy rows are not reported. Rows that
 * another transaction has inserted but not committed cannot be found.
 *
 * Does not wait for rows, and holds its own row locks only briefly.
 *
 * @throws the database's error, such as 55P03 if a whole table is locked
 */
export async function findHeldRows(
  database: SqlClient,
  requests: readonly StockRequest[],
  pause: (ms: number) => Promise<unknown>,
): Promise<HeldRows & { isHeld(request: StockRequest): boolean }> {
  const cancelled = requests.flatMap(({ kind, orderId }) => (kind === 'cancel' ? [orderId] : []));
  const deducted = new Map<string, string[]>(cancelled.map((orderId) => [orderId, []]));
  const orders = [...new Set(requests.map(({ orderId }) => orderId))];
  const needed = (request: StockRequest) =>
    request.kind === 'place' ? request.items.map(({ sku }) => sku) : (deducted.get(request.orderId) ?? []);

  const look = () =>
    database.$transaction(async (tx) => {
      await tx.$executeRawUnsafe(REQUIRE_TABLES);
      const movements = await tx.$queryRawUnsafe<{ orderId: string; sku: string }[]>(DEDUCTED_SKUS, [
        ...deducted.keys(),
      ]);
      for (const orderId of deducted.keys()) deducted.set(orderId, []);
      for (const { orderId, sku } of movements) deducted.get(orderId)?.push(sku);
      const skus = [...new Set(requests.flatMap(needed))];
      return {
        orders: await tx.$queryRawUnsafe<HeldRow[]>(HELD_RESERVATIONS, orders),
        skus: await tx.$queryRawUnsafe<HeldRow[]>(HELD_STOCK, skus),
      };
    });

  const before = await look();
  let after = before;
  if (before.orders.length + before.skus.length > 0) {
    await pause(PAUSE_MS);
    after = await look();
  }
  function stillHeld(rows: readonly HeldRow[], earlier: readonly HeldRow[]): HeldRow[] {
    const holders = new Map(earlier.map(({ key, holder }) => [key, holder]));
    return rows.filter(({ key, holder }) => holders.get(key) === holder);
  }
  const held = {
    orders: stillHeld(after.orders, before.orders),
    skus: stillHeld(after.skus, before.skus),
  };
  const heldOrders = new Set(held.orders.map(({ key }) => key));
  const heldSkus = new Set(held.skus.map(({ key }) => key));
  const pids = [...held.orders, ...held.skus].flatMap(({ pid }) => (pid === null ? [] : [pid]));
  return {
    orders: heldOrders,
    skus: heldSkus,
    heldBy: [...new Set(pids)],
    isHeld: (request) => heldOrders.has(request.orderId) || needed(request).some((sku) => heldSkus.has(sku)),
  };
}
