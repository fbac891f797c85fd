import { ORDER_CANCELLED, ORDER_EVENTS_TOPIC, type OrderCancelled, type OrderStatus } from '@lmt/contracts';
import { enqueueMany, type NewMessage, type TransactionSql } from '@lmt/outbox';
import { CANCELLABLE } from '../orders/order-status.js';
import { traceContext } from '../orders/trace-context.js';
import type { OfLocked } from '../pass-over-locked.js';

/** An order that is to be cancelled, and why. */
export interface CancelRequest {
  readonly orderId: string;
  readonly reason?: string | undefined;
  /** W3C trace context of the caller; without one the message begins a new trace. */
  readonly traceparent?: string | undefined;
}

/**
 * What became of a request.
 * - `cancelling`: the order is CANCELLING by this request, and the message about it is written.
 * - `unchanged`: it was in this state already, or is in one that can't be cancelled.
 * - `unknown`: there is no such order, or, where locked rows are skipped, another transaction has it.
 */
export type Cancellation =
  | { readonly kind: 'cancelling'; readonly orderId: string; readonly messageId: string }
  | { readonly kind: 'unchanged'; readonly orderId: string; readonly status: OrderStatus }
  | { readonly kind: 'unknown'; readonly orderId: string };

export interface CancelOptions {
  /** A new uuid of version 7. */
  readonly newId: () => string;
  /** By default it waits. */
  readonly ofLocked?: OfLocked;
}

// Sorted, so that two transactions about the same orders wait for each other instead of deadlocking.
const LOCK = `
SELECT id, status FROM orders WHERE id = ANY($1::uuid[]) ORDER BY id FOR NO KEY UPDATE`;

// Guarded again by the states it leaves, though the lock holds them.
const BEGIN_CANCELLING = `
UPDATE orders SET status = 'CANCELLING', updated_at = now()
WHERE id = ANY($1::uuid[]) AND status = ANY($2::text[])
RETURNING id, updated_at AS "cancelledAt"`;

function cancelledMessage(request: CancelRequest, id: string, cancelledAt: Date): NewMessage {
  const { orderId, reason, traceparent } = request;
  const payload = {
    orderId,
    ...(reason === undefined ? {} : { reason }),
    cancelledAt: cancelledAt.toISOString(),
  } satisfies OrderCancelled & Record<string, unknown>;
  return {
    id,
    topic: ORDER_EVENTS_TOPIC,
    key: orderId,
    type: ORDER_CANCELLED,
    payload,
    headers: { traceparent: traceContext(traceparent, orderId, id) },
  };
}

/**
 * Cancels orders in the caller's transaction: each that is PENDING or CONFIRMED becomes CANCELLING,
 * and the message that lets the consumer give back what it took is written with it. Others are left
 * alone. One answer a request, in the order given; of several about one order the first counts.
 *
 * The rows are locked before the messages are written. So the result of a placement that comes at the
 * same time is before it or after it, never both; two cancellings make one message; and the messages
 * of an order are numbered in the order of their commits.
 *
 * Lock order: a caller that also locks rows of the message table does so before, as `applyResults`
 * does; from here on this transaction only adds messages, and waits for none. So they can't deadlock.
 *
 * Killed before the commit, nothing is there; after it, the message is on its way for as long as it
 * takes. Asking again is harmless in both cases.
 */
export async function cancelOrders(
  tx: TransactionSql,
  requests: readonly CancelRequest[],
  { newId, ofLocked = 'wait' }: CancelOptions,
): Promise<Cancellation[]> {
  if (requests.length === 0) return [];
  const ids = [...new Set(requests.map(({ orderId }) => orderId))];
  const locked = await tx.$queryRawUnsafe<{ id: string; status: OrderStatus }[]>(
    ofLocked === 'skip' ? `${LOCK} SKIP LOCKED` : LOCK,
    ids,
  );
  const statuses = new Map(locked.map(({ id, status }) => [id, status]));
  const begun = await tx.$queryRawUnsafe<{ id: string; cancelledAt: Date }[]>(
    BEGIN_CANCELLING,
    [...statuses.keys()],
    CANCELLABLE,
  );
  const cancelledAt = new Map(begun.map((row) => [row.id, row.cancelledAt]));

  const messages: NewMessage[] = [];
  const answers = requests.map((request): Cancellation => {
    const { orderId } = request;
    const at = cancelledAt.get(orderId);
    if (at === undefined) {
      const status = statuses.get(orderId);
      return status === undefined ? { kind: 'unknown', orderId } : { kind: 'unchanged', orderId, status };
    }
    cancelledAt.delete(orderId);
    statuses.set(orderId, 'CANCELLING');
    const message = cancelledMessage(request, newId(), at);
    messages.push(message);
    return { kind: 'cancelling', orderId, messageId: message.id };
  });
  await enqueueMany(tx, messages);
  return answers;
}
