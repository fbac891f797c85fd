import type { listOrdersQuery, OrderStatus, OrderView } from '@lmt/contracts';
import { findMessagesByKey } from '@lmt/outbox';
import type { OrderDatabase, OrderTransaction } from '@lmt/prisma-order';
import type { z } from 'zod';

const WITH_ITEMS = {
  items: { orderBy: { position: 'asc' }, select: { sku: true, quantity: true } },
} as const;

interface OrderRow extends Pick<OrderView, 'id' | 'customerId' | 'items'> {
  readonly status: string;
  readonly rejectReason: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

function toView(order: OrderRow): OrderView {
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

/** Returns one page of orders without their messages, newest first. */
export async function listOrders(
  database: OrderDatabase,
  query: z.infer<typeof listOrdersQuery>,
): Promise<OrderView[]> {
  const { limit, cursor, status, customerId } = query;
  const rows = await database.order.findMany({
    where: {
      ...(status === undefined ? {} : { status }),
      ...(customerId === undefined ? {} : { customerId }),
      ...(cursor === undefined ? {} : { id: { lt: cursor } }),
    },
    orderBy: { id: 'desc' },
    take: limit,
    include: WITH_ITEMS,
  });
  return rows.map(toView);
}
