import type { OrderMessage, OrderStatus, OrderView } from '@lmt/contracts';
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

/** The client, or a transaction of it. */
type Reader = Pick<OrderDatabase, 'order' | 'outboxMessage'>;

/** Orders with their messages, by id; an id that is not there is of no order. */
export async function findOrders(reader: Reader, ids: readonly string[]): Promise<Map<string, OrderView>> {
  const [orders, messages] = await Promise.all([
    reader.order.findMany({ where: { id: { in: [...ids] } }, include: WITH_ITEMS }),
    reader.outboxMessage.findMany({
      where: { key: { in: [...ids] } },
      orderBy: { seq: 'asc' },
      select: { key: true, id: true, type: true, status: true, attempts: true },
    }),
  ]);
  const ofOrder = new Map<string, OrderMessage[]>(orders.map(({ id }) => [id, []]));
  for (const { key, ...message } of messages) ofOrder.get(key)?.push(message);
  return new Map(
    orders.map((order) => [order.id, { ...viewOf(order), messages: ofOrder.get(order.id) ?? [] }]),
  );
}
