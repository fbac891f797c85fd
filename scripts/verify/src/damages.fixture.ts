import type { Ids } from './system.fixture.js';

export interface Damage {
  readonly name: string;
  /** SQL for the order database. */
  readonly order?: string;
  /** SQL for the inventory database. */
  readonly inventory?: string;
  /** The offenders that verify must report, by invariant. */
  readonly expected: Record<string, readonly string[]>;
}

export const ghost = '00000000-0000-7000-8000-00000000dead';
export const ghostMessage = '00000000-0000-7000-8000-0000000beef0';

const ghostOrder = `INSERT INTO orders (id, customer_id, message_id) VALUES ('${ghost}', 'c', '${ghostMessage}')`;
const ghostItems = `INSERT INTO order_items VALUES ('${ghost}', 'A', 0, 1)`;

/** @param columns further columns: SQL expressions by name */
function insertMessage(key: string, type: string, columns: Readonly<Record<string, string>> = {}) {
  const names = ['id', 'topic', 'key', 'type', 'payload', ...Object.keys(columns)];
  const values = [`'${ghostMessage}', 'order-events', '${key}', '${type}', '{}'`, ...Object.values(columns)];
  return `INSERT INTO outbox_messages (${names}) VALUES (${values})`;
}

const placeGhost = (columns: Readonly<Record<string, string>>) =>
  `${ghostOrder}; ${ghostItems}; ${insertMessage(ghost, 'order.placed.v1', columns)}`;

/** Ways to damage the data of a system that has a confirmed order with these ids. */
export const createDamages = ({ id, messageId }: Ids): Damage[] => [
  {
    name: 'a pending order without its message',
    order: `${ghostOrder}; ${ghostItems}`,
    expected: { I1: [ghost] },
  },
  {
    name: 'a confirmed order whose message never existed',
    order: `UPDATE orders SET message_id = '${ghostMessage}' WHERE id = '${id}'`,
    expected: { I1: [id, messageId] },
  },
  {
    name: 'an order without items',
    order: `${ghostOrder}; ${insertMessage(ghost, 'order.placed.v1')}`,
    expected: { I1: [ghost] },
  },
  {
    name: 'a placement without its order',
    order: insertMessage(ghost, 'order.placed.v1'),
    expected: { I1: [ghostMessage] },
  },
  {
    name: 'a cancellation without its order',
    order: insertMessage(ghost, 'order.cancelled.v1'),
    expected: { I1: [ghostMessage] },
  },
  {
    name: 'an order with two placements',
    order: insertMessage(id, 'order.placed.v1'),
    expected: { I1: [ghostMessage] },
  },
  {
    name: 'a key without a hash',
    order: `ALTER TABLE orders DROP CONSTRAINT orders_key_has_hash;
      UPDATE orders SET request_hash = NULL WHERE id = '${id}'`,
    expected: { I2: [id] },
  },
  {
    name: 'a terminal order with an unfinished message',
    order: `UPDATE outbox_messages SET status = 'PUBLISHED', completed_at = NULL WHERE id = '${messageId}'`,
    expected: { I3: [id] },
  },
  {
    name: 'a pending order whose message is completed',
    order: `UPDATE orders SET status = 'PENDING' WHERE id = '${id}'`,
    expected: { I3: [id] },
  },
  {
    name: 'a CANCELLING order without a cancellation',
    order: `UPDATE orders SET status = 'CANCELLING' WHERE id = '${id}'`,
    expected: { I3: [id] },
  },
  {
    name: 'a confirmed order with an unfinished cancellation',
    order: insertMessage(id, 'order.cancelled.v1'),
    expected: { I3: [id] },
  },
  {
    name: 'a confirmed order without its reservation',
    inventory: `WITH gone AS (DELETE FROM stock_movements WHERE order_id = '${id}' RETURNING sku, delta),
      stock AS (UPDATE stock_items s SET available = available - delta FROM gone WHERE gone.sku = s.sku)
      DELETE FROM reservations WHERE order_id = '${id}'`,
    expected: { I3: [id] },
  },
  {
    name: 'a confirmed order whose reservation was rejected',
    inventory: `WITH gone AS (DELETE FROM stock_movements WHERE order_id = '${id}' RETURNING sku, delta),
      stock AS (UPDATE stock_items s SET available = available - delta FROM gone WHERE gone.sku = s.sku)
      UPDATE reservations SET status = 'REJECTED' WHERE order_id = '${id}'`,
    expected: { I3: [id] },
  },
  {
    name: 'negative stock',
    inventory: `ALTER TABLE stock_items DROP CONSTRAINT stock_items_available_check;
      UPDATE stock_items SET available = available - 200 WHERE sku = 'A';
      INSERT INTO stock_movements (sku, kind, delta) VALUES ('A', 'ADJUST', -200)`,
    expected: { I4: ['A', 'A'] },
  },
  {
    name: 'stock that was negative for a while',
    inventory: `INSERT INTO stock_movements (sku, kind, delta) VALUES ('A', 'ADJUST', -200), ('A', 'ADJUST', 200)`,
    expected: { I4: ['A'] },
  },
  {
    name: 'stock that differs from its movements',
    inventory: `UPDATE stock_items SET available = available + 1 WHERE sku = 'B'`,
    expected: { I5: ['B'] },
  },
  {
    name: 'stock without any movement',
    inventory: `INSERT INTO stock_items (sku, available) VALUES ('C', 5)`,
    expected: { I5: ['C'] },
  },
  {
    name: 'a deduction of the wrong quantity',
    inventory: `UPDATE stock_movements SET delta = -3 WHERE order_id = '${id}' AND sku = 'A';
      UPDATE stock_items SET available = available - 1 WHERE sku = 'A'`,
    expected: { I5: [id] },
  },
  {
    name: 'a deduction released although the order is confirmed',
    inventory: `INSERT INTO stock_movements (order_id, sku, kind, delta) VALUES ('${id}', 'A', 'RELEASE', 2);
      UPDATE stock_items SET available = available + 2 WHERE sku = 'A'`,
    expected: { I5: [id] },
  },
  {
    name: 'a double deduction',
    inventory: `ALTER TABLE stock_movements DROP CONSTRAINT stock_movements_order_id_sku_kind_key;
      INSERT INTO stock_movements (order_id, sku, kind, delta) VALUES ('${id}', 'A', 'DEDUCT', -2);
      UPDATE stock_items SET available = available - 2 WHERE sku = 'A'`,
    expected: { I5: [id], I6: [id] },
  },
  {
    name: 'a deduction split in two',
    inventory: `ALTER TABLE stock_movements DROP CONSTRAINT stock_movements_order_id_sku_kind_key;
      UPDATE stock_movements SET delta = -1 WHERE order_id = '${id}' AND sku = 'A';
      INSERT INTO stock_movements (order_id, sku, kind, delta) VALUES ('${id}', 'A', 'DEDUCT', -1)`,
    expected: { I6: [id] },
  },
  {
    name: 'two inbox rows for one message',
    inventory: `ALTER TABLE inbox_messages DROP CONSTRAINT inbox_messages_pkey;
      INSERT INTO inbox_messages SELECT * FROM inbox_messages WHERE id = '${messageId}'`,
    expected: { I6: [messageId] },
  },
  {
    name: 'two reservations for one order',
    inventory: `ALTER TABLE reservations DROP CONSTRAINT reservations_pkey;
      INSERT INTO reservations SELECT * FROM reservations WHERE order_id = '${id}'`,
    expected: { I6: [id] },
  },
  {
    name: 'a reservation without an order',
    inventory: `INSERT INTO reservations (order_id, status) VALUES ('${ghost}', 'REJECTED')`,
    expected: { I7: [ghost] },
  },
  {
    name: 'a movement without an order',
    inventory: `INSERT INTO stock_movements (order_id, sku, kind, delta) VALUES ('${ghost}', 'A', 'DEDUCT', -2);
      UPDATE stock_items SET available = available - 2 WHERE sku = 'A'`,
    expected: { I7: [ghost] },
  },
  {
    name: 'an inbox row without a message',
    inventory: `INSERT INTO inbox_messages (id, type, key, result)
      VALUES ('${ghostMessage}', 'order.placed.v1', '${id}', '{"outcome": "SUCCEEDED"}')`,
    expected: { I7: [ghostMessage] },
  },
  {
    name: 'an inbox row of another order',
    inventory: `INSERT INTO inbox_messages (id, type, key, result) SELECT '${ghostMessage}', type, key, result
        FROM inbox_messages WHERE id = '${messageId}';
      UPDATE inbox_messages SET key = '${ghost}' WHERE id = '${messageId}'`,
    expected: { I7: [ghost, ghostMessage, messageId] },
  },
  {
    name: 'a message that is due in a hundred years',
    order: placeGhost({ available_at: "now() + interval '100 years'" }),
    expected: { I8: [ghostMessage] },
  },
  {
    name: 'a dead letter without a reason',
    order: placeGhost({ status: "'DEAD'", last_error: "'gone'" }),
    expected: { I8: [ghostMessage] },
  },
  {
    name: 'a DISCARDED message without a discard on record',
    order: placeGhost({
      status: "'DISCARDED'",
      completed_at: 'now()',
      history: `'[{"event": "died", "reason": "too large"}]'`,
    }),
    expected: { I3: [ghost], I8: [ghostMessage] },
  },
  {
    name: 'a published message that was never published',
    order: placeGhost({ status: "'PUBLISHED'" }),
    expected: { I8: [ghostMessage] },
  },
  {
    name: 'a missing inbox row',
    inventory: `DELETE FROM inbox_messages WHERE id = '${messageId}'`,
    expected: { I7: [id], I9: [messageId] },
  },
  {
    name: 'a result that differs from the inbox',
    inventory: `UPDATE inbox_messages SET result = jsonb_set(result, '{processedAt}', '"2026-02-01T00:00:00.000Z"')
      WHERE id = '${messageId}'`,
    expected: { I9: [messageId] },
  },
  {
    name: 'an inbox row without a result',
    inventory: `UPDATE inbox_messages SET result = NULL WHERE id = '${messageId}'`,
    expected: { I9: [messageId] },
  },
  {
    name: 'a message completed without a result',
    order: `UPDATE outbox_messages SET result = NULL WHERE id = '${messageId}'`,
    expected: { I3: [id], I9: [messageId] },
  },
  {
    name: 'a completed message that is still leased',
    order: `ALTER TABLE outbox_messages DROP CONSTRAINT outbox_lease_is_unfinished;
      UPDATE outbox_messages SET lease_token = id, leased_until = now() WHERE id = '${messageId}'`,
    expected: { I11: [messageId] },
  },
];
