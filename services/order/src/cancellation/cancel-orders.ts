import { ORDER_CANCELLED } from '@lmt/contracts';
import { enqueueMany, type NewMessage, type TransactionSql } from '@lmt/outbox';
import { v7 as uuidv7 } from 'uuid';
import type { LockMode } from '../database.js';
import { toMessage, traceContext } from '../orders/order-events.js';
import { CANCELLABLE } from '../orders/order-status.js';

export interface CancelRequest {
  readonly orderId: string;
  readonly reason?: string | undefined;
  /** W3C trace context of the client. Without one the message starts a new trace. */
  readonly traceparent?: string | undefined;
}

/**
 * Result of a request.
 * - `cancelling`: this request made the order CANCELLING, and its message is written.
 * - `unchanged`: the order was CANCELLING already, or is in a state that cannot be cancelled.
 * - `unknown`: the order does not exist, or is locked and locked rows are skipped.
 */
export type Cancellation =
  | { readonly kind: 'cancelling'; readonly orderId: string; readonly messageId: string }
  | { readonly kind: 'unchanged' | 'unknown'; readonly orderId: string };

// Sorted, so that two transactions about the same orders wait for each other instead of
// deadlocking.
const LOCK = `
SELECT id FROM orders WHERE id = ANY($1::uuid[]) ORDER BY id FOR NO KEY UPDATE`;

// LOCK does not check the status, so this statement changes only orders that can be cancelled.
const BEGIN_CANCELLING = `
UPDATE orders SET status = 'CANCELLING', updated_at = now()
WHERE id = ANY($1::uuid[]) AND status = ANY($2::text[])
RETURNING id, updated_at AS "cancelledAt"`;

function cancelledMessage({ orderId, reason, traceparent }: CancelRequest, cancelledAt: Date): NewMessage {
  const id = uuidv7();
  const payload = {
    orderId,
    ...(reason === undefined ? {} : { reason }),
    cancelledAt: cancelledAt.toISOString(),
  };
  return toMessage(id, { type: ORDER_CANCELLED, payload }, traceContext(traceparent, orderId, id));
}

/**
 * Cancels orders in the caller's transaction. A PENDING or CONFIRMED order becomes CANCELLING, and
 * the message that makes the consumer give back its stock is written with it. Other orders stay as
 * they are. Returns one answer per request, in the order given. Of several requests about one order
 * the first one counts.
 *
 * The rows are locked before the messages are written. So the result of a placement that arrives at
 * the same time is applied before or after the cancellation, two cancellations write one message,
 * and the messages of an order are numbered in the order of their commits.
 *
 * Lock order: a caller that also locks rows of the message table does so before this call, as
 * `applyResults` does. After it the transaction only inserts messages and waits for no other lock,
 * so it cannot deadlock.
 *
 * A crash before the commit leaves nothing. After the commit the message is delivered eventually. A
 * client may retry in both cases.
 */
export async function cancelOrders(
  tx: TransactionSql,
  requests: readonly CancelRequest[],
  lockMode: LockMode = 'wait',
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
    CANCELLABLE,
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
