import type { OrderStatus, OrderView } from '@lmt/contracts';
import { findMessagesByKey } from '@lmt/outbox';
import type { OrderTransaction } from '@lmt/prisma-order';

const WITH_ITEMS = {
  items: { orderBy: { position: 'asc' }, select: { sku: true, quantity: true } },
} as const;

export interface OrderRow extends Pick<OrderView, 'id' | 'customerId' | 'items'> {
  readonly status: string;
  readonly rejectReason: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** Views an order without its messages. */
export function toView(order: OrderRow): OrderView {
  return {
    id: order.id,
    customerId: order.customerId,
    status: order.status as OrderStatus,
    ...(order.rejectReason === null ? {} : { rejectReason: order.rejectReason }),
    items: order.items,
    createdAt: order.createdAt.toISOString(),
    updatedAt: order.updatedAt.toISOString(),
  };
}

/** Finds orders with their messages. The id of an unknown order has no entry. */
export async function findOrders(
  database: OrderTransaction,
  ids: readonly string[],
): Promise<Map<string, OrderView>> {
  const [orders, messages] = await Promise.all([
    database.order.findMany({ where: { id: { in: [...ids] } }, include: WITH_ITEMS }),
    findMessagesByKey(database, ids),
  ]);
  return new Map(
    orders.map((order) => [order.id, { ...toView(order), messages: messages.get(order.id) ?? [] }]),
  );
}
