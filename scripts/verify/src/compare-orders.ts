// Compares each order with its effects in the inventory.
import { uuidFilter } from './database-reader.js';
import type { Findings } from './findings.js';
import type { InvariantId } from './invariants.js';
import type { Readers } from './look.js';
import { mergeById } from './merge-by-id.js';

interface Order {
  readonly id: string;
  readonly status: 'PENDING' | 'CONFIRMED' | 'REJECTED' | 'CANCELLING' | 'CANCELLED';
  /** "sku=quantity, ..." */
  readonly items: string | null;
}
interface Effect {
  /** The order's id. */
  readonly id: string;
  /** The reservation's status. */
  readonly status: 'RESERVED' | 'REJECTED' | 'RELEASED' | 'CANCELLED' | null;
  /** Whether the order has stock movements. */
  readonly moved: boolean;
  /** The sum of the movements: "sku=quantity, ..." */
  readonly taken: string | null;
  /** Whether the inbox has the order's placement. */
  readonly placed: boolean;
  /** Whether the inbox has the order's cancellation. */
  readonly cancelled: boolean;
}

// A SKU contains neither "=" nor ",", so equal texts mean equal lists.

const ordersSql = (only: readonly string[] | null) => `
SELECT o.id, o.status, i.items
FROM orders o
LEFT JOIN (
  SELECT order_id, string_agg(sku || '=' || quantity, ', ' ORDER BY sku COLLATE "C") AS items
  FROM order_items WHERE ${uuidFilter('order_id', only)} GROUP BY order_id
) i ON i.order_id = o.id
WHERE ${uuidFilter('o.id', only)}
ORDER BY o.id`;

const effectsSql = (only: readonly string[] | null) => `
WITH moved AS (
  SELECT order_id, string_agg(sku || '=' || taken, ', ' ORDER BY sku COLLATE "C") FILTER (WHERE taken <> 0) AS taken
  FROM (
    SELECT order_id, sku, -sum(delta) AS taken FROM stock_movements
    WHERE order_id IS NOT NULL AND ${uuidFilter('order_id', only)} GROUP BY order_id, sku
  ) m GROUP BY order_id
), received AS (
  SELECT key AS order_id, bool_or(type = 'order.placed.v1') AS placed, bool_or(type = 'order.cancelled.v1') AS cancelled
  FROM inbox_messages WHERE ${uuidFilter('key', only)} GROUP BY key
), reserved AS (
  SELECT order_id, status FROM reservations WHERE ${uuidFilter('order_id', only)}
)
SELECT order_id AS id, reserved.status, moved.order_id IS NOT NULL AS moved, taken,
  coalesce(placed, false) AS placed, coalesce(cancelled, false) AS cancelled
FROM reserved FULL JOIN moved USING (order_id) FULL JOIN received USING (order_id)
ORDER BY order_id`;

/**
 * Reservations that each order status allows. A CANCELLED order may have a REJECTED one: the
 * customer cancelled after the inventory had rejected the order and before the order service knew
 * it.
 */
const ALLOWED_RESERVATIONS: Record<Order['status'], readonly Effect['status'][]> = {
  PENDING: [null, 'RESERVED', 'REJECTED'],
  CONFIRMED: ['RESERVED'],
  REJECTED: ['REJECTED'],
  CANCELLING: [null, 'RESERVED', 'REJECTED', 'RELEASED', 'CANCELLED'],
  CANCELLED: ['REJECTED', 'RELEASED', 'CANCELLED'],
};

/**
 * Finds orders whose status and reservation disagree, deductions that differ from the order's
 * quantities, and effects without a message.
 */
export async function compareOrders(
  { order, inventory }: Readers,
  findings: Findings,
  only: readonly string[] | null,
): Promise<void> {
  const orders = order.chunks<Order>(ordersSql(only));
  const effects = inventory.chunks<Effect>(effectsSql(only));
  await mergeById(orders, effects, (placed, effect) => {
    const id = placed?.id ?? effect?.id ?? '';
    const report: Report = (invariant, problem) => findings.add({ invariant, key: id, id, problem });
    if (placed === null) {
      report('I7', 'the inventory has effects of an order that does not exist');
      return;
    }
    checkState(placed, effect, report);
    if (effect) checkEffect(placed, effect, report);
  });
}

type Report = (invariant: InvariantId, problem: string) => void;

function checkState(order: Order, effect: Effect | null, report: Report) {
  if (order.items === null) report('I1', 'order without items');
  const reservation = effect?.status ?? null;
  if (!ALLOWED_RESERVATIONS[order.status].includes(reservation))
    report('I3', `${order.status}, but its reservation is ${reservation ?? 'missing'}`);
}

function checkEffect(order: Order, effect: Effect, report: Report) {
  const holdsStock = effect.status === 'RESERVED';
  const expected = holdsStock ? order.items : null;
  if (effect.taken !== expected)
    report('I5', `${effect.taken ?? 'nothing'} was deducted, not ${expected ?? 'nothing'}`);

  // The inventory writes a reservation and its movements together with the inbox row of their
  // message.
  const hasInboxRow = effect.status === 'CANCELLED' ? effect.cancelled : effect.placed;
  if ((effect.status !== null || effect.moved) && !hasInboxRow) report('I7', 'effect without an inbox row');
  else if (effect.status === 'RELEASED' && !effect.cancelled) report('I7', 'released without an inbox row');
}
