import { type InboxMessageView, ORDER_CANCELLED, type ReservationStatus } from '@lmt/contracts';
import type { InventoryDatabase } from '@lmt/prisma-inventory';
import { toMovementView } from '../stock/movement-view.js';

/**
 * Finds a consumed message with its effects. Returns null if the inbox does not have it.
 *
 * The message's transaction wrote its inbox row and its movements, so both have the time at which
 * this transaction began. A placement and a cancellation in one transaction differ by their kind.
 */
export async function findInboxMessage(
  database: InventoryDatabase,
  id: string,
): Promise<InboxMessageView | null> {
  const message = await database.inboxMessage.findUnique({ where: { id } });
  if (message === null) return null;
  const { type, key: orderId, receivedAt, result } = message;
  const kind = type === ORDER_CANCELLED ? 'RELEASE' : 'DEDUCT';
  const [reservation, movements] = await Promise.all([
    database.reservation.findUnique({ where: { orderId } }),
    database.stockMovement.findMany({
      where: { orderId, kind, createdAt: receivedAt },
      orderBy: { id: 'asc' },
    }),
  ]);
  return {
    id,
    type,
    orderId,
    receivedAt: receivedAt.toISOString(),
    // Only consume-once.ts writes results, in the format of the contract.
    result: result as InboxMessageView['result'],
    reservation: reservation && {
      status: reservation.status as ReservationStatus,
      ...(reservation.reason === null ? {} : { reason: reservation.reason }),
      createdAt: reservation.createdAt.toISOString(),
      updatedAt: reservation.updatedAt.toISOString(),
    },
    movements: movements.map(toMovementView),
  };
}
