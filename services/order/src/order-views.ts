import type { OrderStatus, OrderView } from '@lmt/contracts';
import type { OrderDatabase } from '@lmt/prisma-order';

export const WITH_ITEMS = {
  items: { orderBy: { position: 'asc' }, select: { sku: true, quantity: true } },
} as const;

interface OrderRow {
  readonly id: string;
  readonly customerId: string;
  readonly status: string;
  readonly rejectReason: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly items: { sku: string; quantity: number }[];
}

export function viewOf(order: OrderRow): OrderView {
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

/** An order with its messages, or null if there is none. */
export async function findOrder(database: OrderDatabase, id: string): Promise<OrderView | null> {
  const [order, messages] = await Promise.all([
    database.order.findUnique({ where: { id }, include: WITH_ITEMS }),
    database.outboxMessage.findMany({
      where: { key: id },
      orderBy: { seq: 'asc' },
      select: { id: true, type: true, status: true, attempts: true },
    }),
  ]);
  return order === null ? null : { ...viewOf(order), messages };
}
