// Migrated databases for the tests of verify, with steps that repeat the services' transactions.
import { randomUUID } from 'node:crypto';
import { type ProvisionedUrls, provision } from '@lmt/postgres';
import { migrateInventoryDatabase } from '@lmt/prisma-inventory';
import { migrateOrderDatabase } from '@lmt/prisma-order';
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, onTestFinished } from 'vitest';
import { verify } from './verify.js';

// The whole cluster shares its roles, so every test file must set the same passwords.
const passwords = { owner: 'test', order: 'test', relay: 'test', inventory: 'test', auditor: 'test' };

export type System = {
  /** The URL of the auditor, with which verify logs in. */
  readonly urls: { readonly orderUrl: string; readonly inventoryUrl: string };
  readonly order: pg.Pool;
  readonly inventory: pg.Pool;
} & ReturnType<typeof steps>;

export interface Ids {
  readonly id: string;
  readonly messageId: string;
  readonly cancelId: string;
}

/**
 * Migrates template databases for the test file. The returned function copies them for one test,
 * with a stock of 100 A and 100 B.
 */
export function useSystems(): () => Promise<System> {
  const suffix = randomUUID().slice(0, 8);
  const templates = { order: `verify_order_${suffix}`, inventory: `verify_inventory_${suffix}` };
  const admin = new pg.Client({ connectionString: inject('adminUrl') });
  let logins: Pick<ProvisionedUrls, 'owner' | 'auditor'>;
  let copies = 0;

  beforeAll(async () => {
    await admin.connect();
    logins = await provision({ adminUrl: inject('adminUrl'), passwords, databases: templates });
    await migrateOrderDatabase(logins.owner.order);
    await migrateInventoryDatabase(logins.owner.inventory);
  });
  afterAll(() => admin.end());

  async function copy(kind: 'order' | 'inventory') {
    const name = `${templates[kind]}_${copies}`;
    await admin.query(`CREATE DATABASE ${name} TEMPLATE ${templates[kind]} OWNER lmt_owner`);
    const toUrl = (login: 'owner' | 'auditor') => logins[login][kind].replace(templates[kind], name);
    const pool = new pg.Pool({ connectionString: toUrl('owner'), max: 5 });
    onTestFinished(() => pool.end());
    return { url: toUrl('auditor'), pool };
  }

  return async () => {
    copies += 1;
    const { url: orderUrl, pool: order } = await copy('order');
    const { url: inventoryUrl, pool: inventory } = await copy('inventory');
    await inventory.query(`
      INSERT INTO stock_items (sku, available) VALUES ('A', 100), ('B', 100);
      INSERT INTO stock_movements (sku, kind, delta) VALUES ('A', 'ADJUST', 100), ('B', 'ADJUST', 100)`);
    return { urls: { orderUrl, inventoryUrl }, order, inventory, ...steps(order, inventory) };
  };
}

/** Creates orders in every final state. */
export async function populate(system: System) {
  const ids = await system.confirmed();
  await system.confirmed();
  const rejected = await system.rejected();
  const released = await system.released();
  const discardedPlacement = await system.discardedPlacement();
  return { ids, rejected, released, discardedPlacement };
}

/** Runs verify and returns the ids of the offenders by invariant. */
export async function findFailures(system: System, options: { readonly settled?: boolean } = {}) {
  const { ok, checks } = await verify({ ...system.urls, ...options, looks: 2, secondsApart: 0.05 });
  const failed = checks.filter((check) => !check.ok);
  expect(ok).toBe(failed.length === 0);
  return Object.fromEntries(
    failed.map(({ id, offenders }) => [id, offenders.map((offender) => offender.id)]),
  );
}

function steps(order: pg.Pool, inventory: pg.Pool) {
  const toResult = (outcome: string) =>
    JSON.stringify({
      outcome,
      ...(outcome === 'REJECTED' ? { reason: 'not enough' } : {}),
      processedAt: '2026-01-31T12:00:00.000Z',
    });

  /** Places an order of 2 A and 1 B. */
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

  /** The inventory's transaction for a placement. */
  const deduct = ({ id, messageId }: Ids, outcome: 'SUCCEEDED' | 'REJECTED') =>
    inventory.query(`
      WITH inbox AS (
        INSERT INTO inbox_messages (id, type, key, result)
        VALUES ('${messageId}', 'order.placed.v1', '${id}', '${toResult(outcome)}')
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
        INSERT INTO inbox_messages (id, type, key, result)
        VALUES ('${cancelId}', 'order.cancelled.v1', '${id}', '${toResult('SUCCEEDED')}')
      ), reserved AS (
        INSERT INTO reservations (order_id, status) VALUES ('${id}', '${status}')
        ON CONFLICT (order_id) DO UPDATE SET status = '${status}'
      ), stock AS (
        UPDATE stock_items s SET available = s.available + m.delta
        FROM (VALUES ('A', 2), ('B', 1)) m (sku, delta) WHERE m.sku = s.sku AND '${status}' = 'RELEASED'
        RETURNING m.sku, m.delta
      )
      INSERT INTO stock_movements (order_id, sku, kind, delta) SELECT '${id}', sku, 'RELEASE', delta FROM stock`);

  /** The order service's transaction for a result. */
  const complete = (id: string, messageId: string, outcome: string, status: string) =>
    order.query(`
      WITH completed AS (
        UPDATE outbox_messages SET status = 'COMPLETED', completed_at = now(), result = '${toResult(outcome)}'
        WHERE id = '${messageId}'
      )
      UPDATE orders SET status = '${status}', reject_reason = CASE WHEN '${status}' = 'REJECTED' THEN 'not enough' END
      WHERE id = '${id}'`);

  const requestCancellation = ({ id, cancelId }: Ids) =>
    order.query(`
      WITH moved AS (UPDATE orders SET status = 'CANCELLING' WHERE id = '${id}')
      INSERT INTO outbox_messages (id, topic, key, type, payload)
      VALUES ('${cancelId}', 'order-events', '${id}', 'order.cancelled.v1', '{}')`);

  const deadLetter = ({ messageId }: Ids, status: 'DEAD' | 'DISCARDED') =>
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
    await requestCancellation(ids);
    await publish(ids.cancelId);
    await release(ids, 'RELEASED');
    await complete(ids.id, ids.cancelId, 'SUCCEEDED', 'CANCELLED');
    return ids;
  }

  /** Creates a cancelled order whose dead placement was discarded after the cancellation. */
  async function discardedPlacement() {
    const ids = await place();
    await deadLetter(ids, 'DEAD');
    await requestCancellation(ids);
    await publish(ids.cancelId);
    await release(ids, 'CANCELLED');
    await complete(ids.id, ids.cancelId, 'SUCCEEDED', 'CANCELLED');
    await deadLetter(ids, 'DISCARDED');
    return ids;
  }

  return {
    place,
    publish,
    deduct,
    release,
    complete,
    requestCancellation,
    deadLetter,
    purge,
    confirmed,
    rejected,
    released,
    discardedPlacement,
  };
}
