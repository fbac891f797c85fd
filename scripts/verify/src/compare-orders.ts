// Each order beside what the inventory did for it.

import type { Findings } from './findings.js';
import type { InvariantId } from './invariants.js';
import type { Readers } from './look.js';
import { uuidFilter } from './uuid-filter.js';
export interface Order {
  id: string;
  status: 'PENDING' | 'CONFIRMED' | 'REJECTED' | 'CANCELLING' | 'CANCELLED';
  /** "sku=quantity, ..." */
  items: string | null;
}
export interface Effect {
  /** the order's */
  id: string;
  /** of the reservation */
  status: 'RESERVED' | 'REJECTED' | 'RELEASED' | 'CANCELLED' | null;
  /** whether there are movements */
  moved: boolean;
  /** what they add up to, "sku=quantity, ..." */
  taken: string | null;
  /** whether the inbox has its placement */
  placed: boolean;
  /** and its cancelling */
  cancelled: boolean;
}

// The contract of a sku allows neither "=" nor ",", so equal texts are equal lists.

const orders = (only: readonly string[] | null) => `
SELECT o.id, o.status, i.items
FROM orders o
LEFT JOIN (
  SELECT order_id, string_agg(sku || '=' || quantity, ', ' ORDER BY sku COLLATE "C") AS items
  FROM order_items WHERE ${uuidFilter('order_id', only)} GROUP BY order_id
) i ON i.order_id = o.id
WHERE ${uuidFilter('o.id', only)}
ORDER BY o.id`;

const effects = (only: readonly string[] | null) => `
WITH moved AS (
  SELECT order_id, string_agg(sku || '=' || taken, ', ' ORDER BY sku COLLATE "C") FILTER (WHERE taken <> 0) AS taken
  FROM (
    SELECT order_id, sku, -sum(delta) AS taken FROM stock_movements
    WHERE order_id IS NOT NULL AND ${uuidFilter('order_id', only)} GROUP BY order_id, sku
  ) m GROUP BY order_id
), received AS (
  SELECT order_id, bool_or(type = 'order.placed.v1') AS placed, bool_or(type = 'order.cancelled.v1') AS cancelled
  FROM inbox_messages WHERE ${uuidFilter('order_id', only)} GROUP BY order_id
), reserved AS (
  SELECT order_id, status FROM reservations WHERE ${uuidFilter('order_id', only)}
)
SELECT order_id AS id, reserved.status, moved.order_id IS NOT NULL AS moved, taken,
  coalesce(placed, false) AS placed, coalesce(cancelled, false) AS cancelled
FROM reserved FULL JOIN moved USING (order_id) FULL JOIN received USING (order_id)
ORDER BY order_id`;

/**
 * What the reservation of an order in a terminal state may be. A cancelled one may be REJECTED: the
 * inventory had said no, and the cancelling came before the answer.
 */
const reservationsOf: Record<Order['status'], readonly Effect['status'][]> = {
  PENDING: [null, 'RESERVED', 'REJECTED'],
  CONFIRMED: ['RESERVED'],
  REJECTED: ['REJECTED'],
  CANCELLING: [null, 'RESERVED', 'REJECTED', 'RELEASED', 'CANCELLED'],
  CANCELLED: ['REJECTED', 'RELEASED', 'CANCELLED'],
};

/**
 * Finds orders whose state and reservation disagree, deductions that are not the order's quantities,
 * and effects that nobody asked for.
 */
export async function compareOrders(
  { order, inventory, merge }: Readers,
  findings: Findings,
  only: readonly string[] | null,
) {
  const allOrders: AsyncGenerator<Order[]> = order.chunks(orders(only));
  const allEffects: AsyncGenerator<Effect[]> = inventory.chunks(effects(only));
  await merge(allOrders, allEffects, (placed, effect) => {
    const id = placed?.id ?? effect?.id ?? '';
    const report = (invariant: InvariantId, problem: string) =>
      findings.add({ invariant, key: id, id, problem });
    if (placed === null) {
      report('I7', 'the inventory knows an order that does not exist');
      return;
    }
    checkState(placed, effect, report);
    if (effect) checkEffect(placed, effect, report);
  });
}

export type Report = (invariant: InvariantId, problem: string) => void;

function checkState(order: Order, effect: Effect | null, report: Report) {
  if (order.items === null) report('I1', 'order without items');
  const reservation = effect?.status ?? null;
  if (!reservationsOf[order.status].includes(reservation))
    report('I3', `${order.status}, but its reservation is ${reservation ?? 'missing'}`);
}

function checkEffect(order: Order, effect: Effect, report: Report) {
  const holdsStock = effect.status === 'RESERVED';
  const expected = holdsStock ? order.items : null;
  if (effect.taken !== expected)
    report('I5', `${effect.taken ?? 'nothing'} was deducted, not ${expected ?? 'nothing'}`);

  // A reservation and its movements are written with the inbox row of the message that asked for them.
  const askedBy = effect.status === 'CANCELLED' ? effect.cancelled : effect.placed;
  if ((effect.status !== null || effect.moved) && !askedBy) report('I7', 'effect without an inbox row');
  else if (effect.status === 'RELEASED' && !effect.cancelled) report('I7', 'released without an inbox row');
}
