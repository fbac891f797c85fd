// Reads the state of given orders from the databases and the log.
import type { PlacedOrder } from '@lmt/contracts';
import type { System } from './system.fixture.js';

type Orders = readonly PlacedOrder[];

export const toIds = (orders: Orders) => orders.map(({ id }) => id);

export async function countByStatus({ order }: System, orders: Orders): Promise<Record<string, number>> {
  const rows = await order.query<{ status: string; count: number }>(
    'SELECT status, count(*)::int AS count FROM orders WHERE id = ANY($1) GROUP BY status',
    [toIds(orders)],
  );
  return Object.fromEntries(rows.map(({ status, count }) => [status, count]));
}

/** Number of messages that were published at least `times` times. */
export const countPublished = ({ order }: System, orders: Orders, times = 1) =>
  order.value<number>('SELECT count(*)::int FROM outbox_messages WHERE attempts >= $2 AND key = ANY($1)', [
    toIds(orders),
    times,
  ]);

/** Number of messages on which a relay holds a lease. */
export const countLeased = ({ order }: System, orders: Orders) =>
  order.value<number>(
    'SELECT count(*)::int FROM outbox_messages WHERE lease_token IS NOT NULL AND key = ANY($1)',
    [toIds(orders)],
  );

/** Distinct states of the messages. One row means that all are in the same state. */
export const messageStates = ({ order }: System, orders: Orders) =>
  order.query<{ status: string; attempts: number; failures: number }>(
    'SELECT DISTINCT status, attempts, failures FROM outbox_messages WHERE key = ANY($1)',
    [toIds(orders)],
  );

/** Number of messages that have taken effect in the inventory. */
export const countInInbox = ({ inventory }: System, orders: Orders) =>
  inventory.value<number>('SELECT count(*)::int FROM inbox_messages WHERE id = ANY($1)', [
    orders.map(({ messageId }) => messageId),
  ]);

/** True once the inventory has logged that it ignored another copy of the order's message. */
export const duplicateIgnored = ({ stack }: System, order: PlacedOrder | undefined) =>
  stack
    .lines('inventory')
    .some((line) => line.includes('duplicate ignored') && line.includes(order?.messageId ?? '?'));
