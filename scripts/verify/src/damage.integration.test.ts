import { describe, expect, test } from 'vitest';
import { createDamages, type Damage, ghost, ghostMessage } from './damages.fixture.js';
import { findFailures, populate, useSystems } from './system.fixture.js';
import { verify } from './verify.js';

const createSystem = useSystems();

describe('verify finds', () => {
  const placeholder = { id: ghost, messageId: ghostMessage, cancelId: ghost };
  test.each(createDamages(placeholder).map(({ name }, index) => ({ name, index })))(
    '$name',
    async ({ index }) => {
      const system = await createSystem();
      const { ids } = await populate(system);
      const damage = createDamages(ids)[index];
      if (damage?.order) await system.order.query(damage.order);
      if (damage?.inventory) await system.inventory.query(damage.inventory);
      const found = await findFailures(system);
      const sorted = (offendersById: Damage['expected']) =>
        Object.entries(offendersById).map(([id, offenders]) => [id, offenders.toSorted()]);
      expect(sorted(found)).toEqual(sorted(damage?.expected ?? {}));
    },
  );

  test('one idempotency key on two orders', async () => {
    const system = await createSystem();
    const { ids, rejected } = await populate(system);
    await system.order.query(`ALTER TABLE orders DROP CONSTRAINT orders_customer_id_idempotency_key_key`);
    await system.order.query(`UPDATE orders SET idempotency_key = 'k' WHERE id = ANY($1)`, [
      [ids.id, rejected.id],
    ]);
    const found = await findFailures(system);
    expect(Object.keys(found)).toEqual(['I2']);
    expect(new Set(found.I2)).toEqual(new Set([ids.id, rejected.id]));
  });

  test('a cancelled order whose stock was not released', async () => {
    const system = await createSystem();
    const { released } = await populate(system);
    await system.inventory.query(
      `WITH gone AS (DELETE FROM stock_movements WHERE order_id = $1 AND kind = 'RELEASE' RETURNING sku, delta)
      UPDATE stock_items s SET available = available - delta FROM gone WHERE gone.sku = s.sku`,
      [released.id],
    );
    expect(await findFailures(system)).toEqual({ I5: [released.id] });
  });

  test('an order that still waits for its discarded placement', async () => {
    const system = await createSystem();
    const ids = await system.place();
    await system.deadLetter(ids, 'DISCARDED');
    expect(await findFailures(system)).toEqual({ I3: [ids.id] });
    expect(await findFailures(system, { settled: true })).toEqual({ I3: [ids.id], I10: [ids.id] });
  });

  test('an order whose cancellation was discarded', async () => {
    const system = await createSystem();
    const ids = await system.confirmed();
    await system.requestCancellation(ids);
    await system.deadLetter({ ...ids, messageId: ids.cancelId }, 'DISCARDED');
    expect(await findFailures(system)).toEqual({ I3: [ids.id] });
  });

  test('a pending order whose message was purged', async () => {
    const system = await createSystem();
    const ids = await system.place();
    await system.publish(ids.messageId);
    await system.deduct(ids, 'SUCCEEDED');
    await system.purge(ids.messageId);
    expect(await findFailures(system)).toEqual({ I1: [ids.id] });
  });

  test('more offenders than it lists, and counts them', async () => {
    const system = await createSystem();
    await system.inventory.query(
      `INSERT INTO reservations (order_id, status) SELECT gen_random_uuid(), 'REJECTED' FROM generate_series(1, 12000)`,
    );
    const { checks } = await verify({ ...system.urls, looks: 2, secondsApart: 0 });
    const check = checks.find(({ id }) => id === 'I7');
    expect(check).toMatchObject({ ok: false, count: 12_000 });
    expect(check?.offenders).toHaveLength(1_000);
  });
});
