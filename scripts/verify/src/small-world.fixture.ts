// A little world for the tests of verify: two migrated databases, and the statements by which the
// services would have brought orders to where they are.
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { provision } from '../../packages/postgres/src/index.ts';
import { migrateInventoryDatabase } from '../../prisma/inventory/src/index.ts';
import { migrateOrderDatabase } from '../../prisma/order/src/index.ts';

// Roles belong to the cluster: every test file gives them the same passwords.
const passwords = { owner: 'test', order: 'test', relay: 'test', inventory: 'test' };

export type World = {
  urls: { orderUrl: string; inventoryUrl: string };
  order: pg.Pool;
  inventory: pg.Pool;
} & ReturnType<typeof steps>;
export type Ids = { id: string; messageId: string; cancelId: string };

export async function createWorlds(adminUrl: string) {
  const suffix = randomUUID().slice(0, 8);
  const templates = { order: `verify_order_${suffix}`, inventory: `verify_inventory_${suffix}` };
  const urls = await provision({ adminUrl, passwords, databases: templates });
  await migrateOrderDatabase(urls.owner.order);
  await migrateInventoryDatabase(urls.owner.inventory);
  const admin = new pg.Client({ connectionString: adminUrl });
  await admin.connect();
  let made = 0;

  async function copyOf(kind: 'order' | 'inventory') {
    const name = `${templates[kind]}_${made}`;
    await admin.query(`CREATE DATABASE ${name} TEMPLATE ${templates[kind]} OWNER lmt_owner`);
    return urls.owner[kind].replace(templates[kind], name);
  }

  return {
    /** Two databases of a test's own, with a stock of 100 each of A and B. */
    async create(): Promise<World> {
      made += 1;
      const orderUrl = await copyOf('order');
      const inventoryUrl = await copyOf('inventory');
      const order = new pg.Pool({ connectionString: orderUrl, max: 5 });
      const inventory = new pg.Pool({ connectionString: inventoryUrl, max: 5 });
      await inventory.query(`
        INSERT INTO stock_items (sku, available) VALUES ('A', 100), ('B', 100);
        INSERT INTO stock_movements (sku, kind, delta) VALUES ('A', 'ADJUST', 100), ('B', 'ADJUST', 100)`);
      return { urls: { orderUrl, inventoryUrl }, order, inventory, ...steps(order, inventory) };
    },
    async destroy({ order, inventory }: World) {
      await Promise.all([order.end(), inventory.end()]);
    },
    end: () => admin.end(),
  };
}

function steps(order: pg.Pool, inventory: pg.Pool) {
  const resultOf = (outcome: string) =>
    JSON.stringify({
      outcome,
      ...(outcome === 'REJECTED' ? { reason: 'not enough' } : {}),
      processedAt: '2026-01-31T12:00:00.000Z',
    });

  /** @returns an order of 2 A and 1 B, PENDING like its message */
  async function place(): Promise<Ids> {
    const [id, messageId, cancelId] = [randomUUID(), randomUUID(), randomUUID()];
    await order.query(`
      WITH placed AS (
        INSERT INTO orders (id, customer_id, message_id, idempotency_key, request_hash)
        VALUES ('${id}', 'c', '${messageId}', '${id}', 'hash')
      ), lines AS (
        INSERT INTO order_items (order_id, sku, position, quantity)
        SELECT '${id}', sku, position, quantity FROM (VALUES ('A', 0, 2), ('B', 1, 1)) i (sku, position, quantity)
      )
      INSERT INTO outbox_messages (id, topic, key, type, payload)
      VALUES ('${messageId}', 'order-events', '${id}', 'order.placed.v1', '{}')`);
    return { id, messageId, cancelId };
  }

  const publish = (messageId: string) =>
    order.query(`UPDATE outbox_messages SET status = 'PUBLISHED', attempts = attempts + 1, published_at = now(),
      available_at = now() + interval '10 seconds' WHERE id = '${messageId}' AND status = 'PENDING'`);

  /** The inventory's transaction. */
  const deduct = ({ id, messageId }: Ids, outcome: 'SUCCEEDED' | 'REJECTED') =>
    inventory.query(`
      WITH inbox AS (
        INSERT INTO inbox_messages (id, type, order_id, result)
        VALUES ('${messageId}', 'order.placed.v1', '${id}', '${resultOf(outcome)}')
      ), reserved AS (
        INSERT INTO reservations (order_id, status) VALUES ('${id}', '${outcome === 'SUCCEEDED' ? 'RESERVED' : 'REJECTED'}')
      ), stock AS (
        UPDATE stock_items s SET available = s.available + m.delta
        FROM (VALUES ('A', -2), ('B', -1)) m (sku, delta) WHERE m.sku = s.sku AND '${outcome}' = 'SUCCEEDED'
        RETURNING m.sku, m.delta
      )
      INSERT INTO stock_movements (order_id, sku, kind, delta) SELECT '${id}', sku, 'DEDUCT', delta FROM stock`);

  const release = ({ id, cancelId }: Ids, status: 'RELEASED' | 'CANCELLED') =>
    inventory.query(`
      WITH inbox AS (
        INSERT INTO inbox_messages (id, type, order_id, result)
        VALUES ('${cancelId}', 'order.cancelled.v1', '${id}', '${resultOf('SUCCEEDED')}')
      ), reserved AS (
        INSERT INTO reservations (order_id, status) VALUES ('${id}', '${status}')
        ON CONFLICT (order_id) DO UPDATE SET status = '${status}'
      ), stock AS (
        UPDATE stock_items s SET available = s.available + m.delta
        FROM (VALUES ('A', 2), ('B', 1)) m (sku, delta) WHERE m.sku = s.sku AND '${status}' = 'RELEASED'
        RETURNING m.sku, m.delta
      )
      INSERT INTO stock_movements (order_id, sku, kind, delta) SELECT '${id}', sku, 'RELEASE', delta FROM stock`);

  /** The callback's transaction. */
  const complete = (id: string, messageId: string, outcome: string, status: string) =>
    order.query(`
      WITH completed AS (
        UPDATE outbox_messages SET status = 'COMPLETED', completed_at = now(), result = '${resultOf(outcome)}'
        WHERE id = '${messageId}'
      )
      UPDATE orders SET status = '${status}', reject_reason = CASE WHEN '${status}' = 'REJECTED' THEN 'not enough' END
      WHERE id = '${id}'`);

  const askToCancel = ({ id, cancelId }: Ids) =>
    order.query(`
      WITH moved AS (UPDATE orders SET status = 'CANCELLING' WHERE id = '${id}')
      INSERT INTO outbox_messages (id, topic, key, type, payload)
      VALUES ('${cancelId}', 'order-events', '${id}', 'order.cancelled.v1', '{}')`);

  const giveUp = ({ messageId }: Ids, status: 'DEAD' | 'DISCARDED') =>
    order.query(`UPDATE outbox_messages SET status = '${status}', last_error = 'too large',
      completed_at = CASE WHEN '${status}' = 'DISCARDED' THEN now() END,
      history = '[{"at": "2026-01-31", "event": "died", "reason": "too large"}${
        status === 'DEAD' ? '' : ', {"at": "2026-01-31", "event": "discarded", "reason": "never mind"}'
      }]' WHERE id = '${messageId}'`);

  const purge = (messageId: string) => order.query(`DELETE FROM outbox_messages WHERE id = '${messageId}'`);

  async function confirmed() {
    const ids = await place();
    await publish(ids.messageId);
    await deduct(ids, 'SUCCEEDED');
    await complete(ids.id, ids.messageId, 'SUCCEEDED', 'CONFIRMED');
    return ids;
  }

  async function rejected() {
    const ids = await place();
    await publish(ids.messageId);
    await deduct(ids, 'REJECTED');
    await complete(ids.id, ids.messageId, 'REJECTED', 'REJECTED');
    return ids;
  }

  async function released() {
    const ids = await confirmed();
    await askToCancel(ids);
    await publish(ids.cancelId);
    await release(ids, 'RELEASED');
    await complete(ids.id, ids.cancelId, 'SUCCEEDED', 'CANCELLED');
    return ids;
  }

  /** Cancelled before its placement arrived, which is given up and discarded. */
  async function neverArrived() {
    const ids = await place();
    await giveUp(ids, 'DEAD');
    await askToCancel(ids);
    await publish(ids.cancelId);
    await release(ids, 'CANCELLED');
    await complete(ids.id, ids.cancelId, 'SUCCEEDED', 'CANCELLED');
    await giveUp(ids, 'DISCARDED');
    return ids;
  }

  return {
    place,
    publish,
    deduct,
    release,
    complete,
    askToCancel,
    giveUp,
    purge,
    confirmed,
    rejected,
    released,
    neverArrived,
  };
}
