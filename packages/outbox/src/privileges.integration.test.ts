import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aMessage, createOutboxDatabase, type OutboxDatabase } from './order-database.fixture.js';

let db: OutboxDatabase;
beforeAll(async () => {
  db = await createOutboxDatabase();
  await db.write([aMessage()]);
});
afterAll(() => db.close());

describe('the relay, who only moves messages', () => {
  it.each([
    `INSERT INTO outbox_messages (id, topic, key, type, payload) VALUES (gen_random_uuid(), 't', 'k', 'x', '{}')`,
    `UPDATE outbox_messages SET payload = '{}'`,
    `UPDATE outbox_messages SET result = '{}'`,
    `UPDATE outbox_messages SET key = 'other'`,
    `UPDATE outbox_messages SET completed_at = now()`,
    'TRUNCATE outbox_messages',
    'SELECT 1 FROM orders',
    'UPDATE orders SET status = status',
    'SELECT 1 FROM order_items',
    'CREATE TABLE mine (id int)',
  ])('may not: %s', async (statement) => {
    await expect(db.relay.$executeRawUnsafe(statement)).rejects.toThrow(/permission denied/);
  });

  it('can not declare a message finished', async () => {
    await expect(
      db.relay.$executeRawUnsafe(`UPDATE outbox_messages SET status = 'COMPLETED'`),
    ).rejects.toThrow(/outbox_finished_has_time/);
  });
});

describe('the order service', () => {
  it.each([
    'DELETE FROM outbox_messages',
    'DELETE FROM orders',
    'DELETE FROM order_items',
    'TRUNCATE orders CASCADE',
    'UPDATE order_items SET quantity = 1',
    `UPDATE outbox_messages SET payload = '{}'`,
    `UPDATE outbox_messages SET key = 'other'`,
    `UPDATE outbox_messages SET type = 'other'`,
    'UPDATE outbox_messages SET attempts = 0',
    'UPDATE outbox_messages SET published_at = now()',
    'UPDATE outbox_messages SET created_at = now()',
    'CREATE TABLE mine (id int)',
  ])('may not: %s', async (statement) => {
    await expect(db.order.$executeRawUnsafe(statement)).rejects.toThrow(/permission denied/);
  });
});
