import { ORDER_CANCELLED, type OrderStatus } from '@lmt/contracts';
import { enqueueMany, type NewMessage, type TransactionSql } from '@lmt/outbox';
import type { LockMode } from '../database.js';
import { newId } from '../new-id.js';
import { toMessage, traceContext } from '../orders/order-events.js';
import { CANCELLABLE } from '../orders/order-status.js';

export interface CancelRequest {
  readonly orderId: string;
  readonly reason?: string | undefined;
  /** W3C trace context of the client. If undefined, the message starts a new trace. */
  readonly traceparent?: string | undefined;
}

/**
 * Result of a request.
 * - `cancelling`: this request made the order CANCELLING and wrote the cancellation message.
 * - `unchanged`: the order was already CANCELLING or can no longer be cancelled.
 * - `unknown`: the order does not exist, or it is locked and the lock mode is `skip`.
 */
export type Cancellation =
  | { readonly kind: 'cancelling'; readonly orderId: string; readonly messageId: string }
  | { readonly kind: 'unchanged' | 'unknown'; readonly orderId: string };

// Locks in id order, so transactions for the same orders wait for each other and cannot deadlock.
const LOCK = `
SELECT id FROM orders WHERE id = ANY($1::uuid[]) ORDER BY id FOR NO KEY UPDATE`;

// LOCK does not check the status, so this statement does.
const BEGIN_CANCELLING = `
UPDATE orders SET status = 'CANCELLING', updated_at = now()
WHERE id = ANY($1::uuid[]) AND status = ANY($2::text[])
RETURNING id, updated_at AS "cancelledAt"`;

function cancelledMessage({ orderId, reason, traceparent }: CancelRequest, cancelledAt: Date): NewMessage {
  const id = newId();
  const payload = {
    orderId,
    ...(reason === undefined ? {} : { reason }),
    cancelledAt: cancelledAt.toISOString(),
  };
  return toMessage(id, { type: ORDER_CANCELLED, payload }, traceContext(traceparent, orderId, id));
}

/**
 * Cancels orders as part of `tx`. A PENDING or CONFIRMED order becomes CANCELLING, and the message
 * that makes the consumer release its stock is written with it. Other orders do not change. Returns
 * one answer per request, in the order given. If several requests name one order, only the first
 * takes effect.
 *
 * Order rows are locked before messages are written. A concurrent result of the placement is
 * therefore applied either before or after the cancellation, concurrent cancellations write only
 * one message, and the messages of an order are numbered in commit order.
 *
 * Lock order: a caller that also locks message rows must lock them before this call, as
 * `applyResults` does. Once the order rows are locked, this function only inserts messages. It
 * waits for no other lock, so it cannot deadlock.
 *
 * A crash before the commit writes nothing. After the commit the message is eventually delivered.
 * The client may retry in both cases.
 *
 * @param from states from which an order is cancelled
 */
export async function cancelOrders(
  tx: TransactionSql,
  requests: readonly CancelRequest[],
  lockMode: LockMode = 'wait',
  from: readonly OrderStatus[] = CANCELLABLE,
): Promise<Cancellation[]> {
  if (requests.length === 0) return [];
  const ids = [...new Set(requests.map(({ orderId }) => orderId))];
  const rows = await tx.$queryRawUnsafe<{ id: string }[]>(
    lockMode === 'skip' ? `${LOCK} SKIP LOCKED` : LOCK,
    ids,
  );
  const locked = new Set(rows.map(({ id }) => id));
  const begun = await tx.$queryRawUnsafe<{ id: string; cancelledAt: Date }[]>(
    BEGIN_CANCELLING,
    [...locked],
    from,
  );
  const cancelledAt = new Map(begun.map((row) => [row.id, row.cancelledAt]));

  const messages: NewMessage[] = [];
  const answers = requests.map((request): Cancellation => {
    const { orderId } = request;
    const at = cancelledAt.get(orderId);
    if (at === undefined) return { kind: locked.has(orderId) ? 'unchanged' : 'unknown', orderId };
    cancelledAt.delete(orderId);
    const message = cancelledMessage(request, at);
    messages.push(message);
    return { kind: 'cancelling', orderId, messageId: message.id };
  });
  await enqueueMany(tx, messages);
  return answers;
}
