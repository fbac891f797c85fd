// Compares each message of the order database with its inbox row.
import { type Among, createComparison, type Report } from './compare.js';

/** A message joined with the order that it places. A purged message leaves only the order. */
interface SentMessage {
  readonly id: string;
  /** Null, like the message's other columns, if the message is missing. */
  readonly type: string | null;
  readonly key: string | null;
  readonly status: string | null;
  readonly outcome: string | null;
  readonly result: string | null;
  readonly orderId: string | null;
  readonly orderStatus: string | null;
}
interface ReceivedMessage {
  readonly id: string;
  readonly type: string;
  readonly key: string;
  readonly result: string | null;
}

// The result fields that both databases store, concatenated for comparison.
const RESULT = "concat_ws(' ', result ->> 'outcome', result ->> 'processedAt', result ->> 'reason')";

const sentSql = (among: Among) => `
SELECT coalesce(m.id, o.message_id) AS id, m.type, m.key, m.status, m.outcome, m.result,
  o.id AS "orderId", o.status AS "orderStatus"
FROM (
  SELECT id, type, key, status, result ->> 'outcome' AS outcome, ${RESULT} AS result
  FROM outbox_messages WHERE ${among('id')}
) m
FULL JOIN (SELECT id, status, message_id FROM orders WHERE ${among('message_id')}) o
  ON o.message_id = m.id
ORDER BY 1`;

const receivedSql = (among: Among) => `
SELECT id, type, key, CASE WHEN result IS NOT NULL THEN ${RESULT} END AS result
FROM inbox_messages WHERE ${among('id')} ORDER BY id`;

/**
 * Finds messages without their order, orders without their message, and mismatched inbox rows.
 *
 * A missing message may have been purged after it finished. Inbox rows are never purged, so an
 * order that is no longer PENDING must have the inbox row of its placement. Only a cancelled order
 * may lack that row, because an operator can discard a placement before it is consumed. In that
 * case the cancellation leaves a tombstone, which compare-orders.ts checks.
 */
export const compareMessages = createComparison<SentMessage, ReceivedMessage>(
  sentSql,
  receivedSql,
  (message, row, report) => {
    if (message) checkSent(message, row, report);
    if (row) checkReceived(message, row, report);
  },
);

function checkSent(message: SentMessage, row: ReceivedMessage | null, report: Report) {
  const { type, key, status, orderId, orderStatus } = message;
  if (status === null && orderId !== null) {
    const purged = row !== null && orderStatus !== 'PENDING';
    const discarded = orderStatus === 'CANCELLING' || orderStatus === 'CANCELLED';
    if (!purged && !discarded) report('I1', `${orderStatus} order, but its message is gone`, orderId);
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
    report('I9', `COMPLETED with "${message.result}", but the inbox row has "${row.result}"`);
}

function checkReceived(message: SentMessage | null, row: ReceivedMessage, report: Report) {
  if (row.result === null) report('I9', 'inbox row without a result');
  // The order database keeps no trace of a purged cancellation. compare-orders.ts checks that the
  // order is in the state to which a cancellation leads.
  if (message === null) {
    if (row.type === 'order.placed.v1') report('I7', 'inbox row without a message');
    return;
  }
  const type = message.type ?? 'order.placed.v1';
  const key = message.key ?? message.orderId;
  if (row.type !== type || row.key !== key)
    report('I7', `${type} of order ${key}, but the inbox row is ${row.type} of ${row.key}`);
}
