// Compares each order with its effects in the inventory.
import { type Among, createComparison, type Report } from './compare.js';

interface Order {
  readonly id: string;
  readonly status: 'PENDING' | 'CONFIRMED' | 'REJECTED' | 'CANCELLING' | 'CANCELLED';
  /** The ordered quantities: "sku=quantity, ..." */
  readonly items: string | null;
}
/** The inventory's rows of one order, combined. */
interface Effect {
  readonly id: string;
  readonly reservation: 'RESERVED' | 'REJECTED' | 'RELEASED' | 'CANCELLED' | null;
  /** The net deductions: "sku=quantity, ..." */
  readonly taken: string | null;
  readonly hasMovements: boolean;
  /** Whether the inbox has the order's placement. */
  readonly hasPlacement: boolean | null;
  readonly hasCancellation: boolean | null;
}

// A SKU contains neither "=" nor ",", so equal texts mean equal lists.

const ordersSql = (among: Among) => `
SELECT o.id, o.status, i.items
FROM orders o
LEFT JOIN (
  SELECT order_id, string_agg(sku || '=' || quantity, ', ' ORDER BY sku COLLATE "C") AS items
  FROM order_items WHERE ${among('order_id')} GROUP BY order_id
) i ON i.order_id = o.id
WHERE ${among('o.id')}
ORDER BY o.id`;

const effectsSql = (among: Among) => `
WITH moved AS (
  SELECT order_id, string_agg(sku || '=' || taken, ', ' ORDER BY sku COLLATE "C") FILTER (WHERE taken <> 0) AS taken
  FROM (
    SELECT order_id, sku, -sum(delta) AS taken FROM stock_movements
    WHERE order_id IS NOT NULL AND ${among('order_id')} GROUP BY order_id, sku
  ) m GROUP BY order_id
), received AS (
  SELECT key AS order_id, bool_or(type = 'order.placed.v1') AS "hasPlacement",
    bool_or(type = 'order.cancelled.v1') AS "hasCancellation"
  FROM inbox_messages WHERE ${among('key')} GROUP BY key
), reserved AS (
  SELECT order_id, status AS reservation FROM reservations WHERE ${among('order_id')}
)
SELECT order_id AS id, reservation, taken, moved.order_id IS NOT NULL AS "hasMovements",
  "hasPlacement", "hasCancellation"
FROM reserved FULL JOIN moved USING (order_id) FULL JOIN received USING (order_id)
ORDER BY order_id`;

/**
 * The reservation statuses that each order status allows. A CANCELLED order may have a REJECTED
 * reservation, if the customer cancelled between the rejection by the inventory and its arrival at
 * the order service.
 */
const ALLOWED_RESERVATIONS: Record<Order['status'], readonly Effect['reservation'][]> = {
  PENDING: [null, 'RESERVED', 'REJECTED'],
  CONFIRMED: ['RESERVED'],
  REJECTED: ['REJECTED'],
  CANCELLING: [null, 'RESERVED', 'REJECTED', 'RELEASED', 'CANCELLED'],
  CANCELLED: ['REJECTED', 'RELEASED', 'CANCELLED'],
};

export const UNKNOWN_ORDER = 'the inventory has effects of an order that does not exist';

/**
 * Finds orders whose status and reservation disagree, deductions that differ from the order's
 * quantities, and effects without a message.
 */
export const compareOrders = createComparison<Order, Effect>(
  ordersSql,
  effectsSql,
  (order, effect, report) => {
    if (order === null) {
      report('I7', UNKNOWN_ORDER);
      return;
    }
    if (order.items === null) report('I1', 'order without items');
    const reservation = effect?.reservation ?? null;
    if (!ALLOWED_RESERVATIONS[order.status].includes(reservation))
      report('I3', `${order.status}, but its reservation is ${reservation ?? 'missing'}`);
    if (effect) checkEffect(order, effect, report);
  },
);

function checkEffect(order: Order, effect: Effect, report: Report) {
  const expected = effect.reservation === 'RESERVED' ? order.items : null;
  if (effect.taken !== expected)
    report('I5', `${effect.taken ?? 'nothing'} was deducted, not ${expected ?? 'nothing'}`);

  // One transaction writes the reservation, its movements and the inbox row of their message.
  const hasInboxRow = effect.reservation === 'CANCELLED' ? effect.hasCancellation : effect.hasPlacement;
  if ((effect.reservation !== null || effect.hasMovements) && !hasInboxRow)
    report('I7', 'effect without an inbox row');
  else if (effect.reservation === 'RELEASED' && !effect.hasCancellation)
    report('I7', 'released without an inbox row');
}
