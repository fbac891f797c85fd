// Each message of the order database beside its inbox row.

import type { Findings } from './findings.js';
import type { InvariantId } from './invariants.js';

import type { Readers } from './look.js';
import { uuidFilter } from './uuid-filter.js';
/** a message, or, where it is gone, the order that says it had one */
export interface SentMessage {
  id: string;
  /** null: there is no such message */
  type: string | null;
  key: string | null;
  status: string | null;
  outcome: string | null;
  result: string | null;
  /** of the order that names it as the one that announced it */
  order_id: string | null;
  order_status: string | null;
}
export interface ReceivedMessage {
  id: string;
  type: string;
  order_id: string;
  result: string | null;
}

// What both sides store of a result, as one text.
const result = "concat_ws(' ', result ->> 'outcome', result ->> 'processedAt', result ->> 'reason')";

const sent = (only: readonly string[] | null) => `
SELECT coalesce(m.id, o.message_id) AS id, m.type, m.key, m.status, m.outcome, m.result,
  o.id AS order_id, o.status AS order_status
FROM (
  SELECT id, type, key, status, result ->> 'outcome' AS outcome, ${result} AS result
  FROM outbox_messages WHERE ${uuidFilter('id', only)}
) m
FULL JOIN (SELECT id, status, message_id FROM orders WHERE ${uuidFilter('message_id', only)}) o
  ON o.message_id = m.id
ORDER BY 1`;

const received = (only: readonly string[] | null) => `
SELECT id, type, order_id, CASE WHEN result IS NOT NULL THEN ${result} END AS result
FROM inbox_messages WHERE ${uuidFilter('id', only)} ORDER BY id`;

/**
 * Finds messages without order, orders without message, and inbox rows that don't fit.
 *
 * A message that is gone was purged if it had finished. Inbox rows are never purged, so they tell: the
 * message of an order that is no longer PENDING has one. Only an order that was cancelled may have
 * lost its placement to a person's DISCARD, which leaves no inbox row; its own tombstone proves it then,
 * see compare-orders.mjs.
 */
export async function compareMessages(
  { order, inventory, merge }: Readers,
  findings: Findings,
  only: readonly string[] | null,
) {
  const sentMessages: AsyncGenerator<SentMessage[]> = order.chunks(sent(only));
  const receivedMessages: AsyncGenerator<ReceivedMessage[]> = inventory.chunks(received(only));
  await merge(sentMessages, receivedMessages, (message, row) => {
    const key = message?.id ?? row?.id ?? '';
    const report = (invariant: InvariantId, problem: string, id: string = key) =>
      findings.add({ invariant, key, id, problem });
    if (message) checkSent(message, row, report);
    if (row) checkReceived(message, row, report);
  });
}

export type Report = (invariant: InvariantId, problem: string, id?: string) => void;

function checkSent(message: SentMessage, row: ReceivedMessage | null, report: Report) {
  const { type, key, status, order_id: orderId } = message;
  if (status === null && orderId !== null) {
    const purged = row !== null && message.order_status !== 'PENDING';
    const discarded = message.order_status === 'CANCELLING' || message.order_status === 'CANCELLED';
    if (!purged && !discarded)
      report('I1', `${message.order_status} order, but its message is gone`, orderId);
  } else if (orderId !== null && (key !== orderId || type !== 'order.placed.v1')) {
    report('I1', `its message is ${type} of order ${key}`, orderId);
  } else if (orderId === null && type === 'order.placed.v1') {
    report('I1', `message without its order ${key}`);
  }
  if (status !== 'COMPLETED') return;
  if (row === null) report('I9', 'COMPLETED without an inbox row');
  else if (message.outcome !== 'SUCCEEDED' && message.outcome !== 'REJECTED')
    report('I9', `COMPLETED with ${message.outcome ?? 'no result'}`);
  else if (row.result !== null && row.result !== message.result)
    report('I9', `COMPLETED with "${message.result}", the inbox says "${row.result}"`);
}

function checkReceived(message: SentMessage | null, row: ReceivedMessage, report: Report) {
  if (row.result === null) report('I9', 'inbox row without a result');
  // Of another message than the placement nothing is left in the order database once it was purged.
  // That its order is in the state that it led to is seen in compare-orders.mjs.
  if (message === null) {
    if (row.type === 'order.placed.v1') report('I7', 'inbox row without a message');
    return;
  }
  const type = message.type ?? 'order.placed.v1';
  const key = message.key ?? message.order_id;
  if (row.type !== type || row.order_id !== key)
    report('I7', `${type} of order ${key}, but the inbox row is ${row.type} of ${row.order_id}`);
}
