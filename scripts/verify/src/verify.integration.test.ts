import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { findFailures, populate, type System, useSystems } from './system.fixture.js';
import { verify } from './verify.js';

const createSystem = useSystems();

async function readNote(system: System, id: string) {
  const { checks } = await verify({ ...system.urls, looks: 1 });
  return checks.find((check) => check.id === id)?.note;
}

describe('a consistent system passes', () => {
  test('when everything is finished', async () => {
    const system = await createSystem();
    await populate(system);
    expect(await findFailures(system, { settled: true })).toEqual({});
  });

  test('when it is empty', async () => {
    expect(await findFailures(await createSystem(), { settled: true })).toEqual({});
  });

  test('after its finished messages were purged', async () => {
    const system = await createSystem();
    const { ids, rejected, released, discardedPlacement } = await populate(system);
    for (const { messageId, cancelId } of [ids, rejected, released, discardedPlacement]) {
      await system.purge(messageId);
      await system.purge(cancelId);
    }
    expect(await findFailures(system, { settled: true })).toEqual({});
  });

  test('at every step of an order', async () => {
    const system = await createSystem();
    const ids = await system.place();
    const steps = [
      () => system.publish(ids.messageId),
      () => system.deduct(ids, 'SUCCEEDED'),
      () => system.complete(ids.id, ids.messageId, 'SUCCEEDED', 'CONFIRMED'),
      () => system.requestCancellation(ids),
      () => system.publish(ids.cancelId),
      () => system.release(ids, 'RELEASED'),
      () => system.complete(ids.id, ids.cancelId, 'SUCCEEDED', 'CANCELLED'),
    ];
    expect(await findFailures(system)).toEqual({});
    for (const step of steps) {
      await step();
      expect(await findFailures(system)).toEqual({});
    }
  });

  test('when a cancellation overtakes the result of the placement', async () => {
    const system = await createSystem();
    const ids = await system.place();
    await system.publish(ids.messageId);
    await system.deduct(ids, 'REJECTED');
    await system.requestCancellation(ids);
    await system.publish(ids.cancelId);
    await system.inventory.query(
      `INSERT INTO inbox_messages (id, type, key, result) VALUES ($1, 'order.cancelled.v1',
      $2, '{"outcome": "SUCCEEDED", "processedAt": "2026-01-31T12:00:00.000Z"}')`,
      [ids.cancelId, ids.id],
    );
    expect(await findFailures(system)).toEqual({});
    await system.complete(ids.id, ids.cancelId, 'SUCCEEDED', 'CANCELLED');
    expect(await findFailures(system)).toEqual({});
    await system.complete(ids.id, ids.messageId, 'REJECTED', 'CANCELLED');
    expect(await findFailures(system, { settled: true })).toEqual({});
  });

  test('with notes on unfinished and dead messages', async () => {
    const system = await createSystem();
    await system.place();
    await system.deadLetter(await system.place(), 'DEAD');
    const ids = await system.place();
    await system.order.query(
      `UPDATE outbox_messages SET lease_token = id, leased_until = now() - interval '5 minutes' WHERE id = $1`,
      [ids.messageId],
    );
    expect(await findFailures(system)).toEqual({});
    expect(await readNote(system, 'I8')).toBe('DEAD messages waiting for an operator: 1');
    expect(await readNote(system, 'I10')).toMatch(
      /^unfinished messages: 2, the oldest for \d+ s; unfinished orders: 3$/,
    );
    expect(await readNote(system, 'I11')).toMatch(/^expired leases: 1, the oldest for 30\d s/);
  });

  test('while orders are processed', { timeout: 60_000 }, async () => {
    const system = await createSystem();
    await system.inventory.query(`UPDATE stock_items SET available = 1000000;
      UPDATE stock_movements SET delta = 1000000`);
    let working = true;
    let rounds = 0;
    // The steps run without a pause, so many orders change between the two snapshots of each look.
    async function work() {
      while (working) {
        const ids = await (rounds % 4 === 3 ? system.released() : system.confirmed());
        if (rounds % 3 === 0) await system.purge(ids.messageId);
        if (rounds % 5 === 0) await system.purge(ids.cancelId);
        rounds += 1;
      }
    }
    const workers = Promise.all([work(), work(), work(), work()]);
    try {
      for (let round = 0; round < 8; round += 1) {
        const { checks } = await verify({ ...system.urls, secondsApart: 0.2 });
        expect(checks.filter(({ ok }) => !ok)).toEqual([]);
      }
    } finally {
      working = false;
      await workers;
    }
    expect(rounds).toBeGreaterThan(20);
    expect(await findFailures(system, { settled: true })).toEqual({});
  });
});

describe('a system at rest', () => {
  test('must have no unfinished message, dead letter or open order', async () => {
    const system = await createSystem();
    const pending = await system.place();
    const dead = await system.place();
    await system.deadLetter(dead, 'DEAD');
    const found = await findFailures(system, { settled: true });
    expect(Object.keys(found)).toEqual(['I10']);
    expect(found.I10?.sort()).toEqual([pending.id, pending.messageId, dead.id, dead.messageId].sort());
  });

  test('must have no lease', async () => {
    const system = await createSystem();
    const { id, messageId } = await system.place();
    await system.order.query(
      `UPDATE outbox_messages SET lease_token = id, leased_until = now() - interval '1 hour' WHERE id = $1`,
      [messageId],
    );
    expect(await findFailures(system, { settled: true })).toEqual({
      I10: [messageId, id],
      I11: [messageId],
    });
  });
});

describe('sessions', () => {
  async function idleIn(url: string, user: string = 'lmt_owner') {
    const connection = new URL(url);
    connection.username = user;
    const client = new pg.Client({ connectionString: connection.href, application_name: 'sleeper' });
    await client.connect();
    onTestFinished(() => client.end());
    await client.query('BEGIN');
    return client;
  }

  test.each(['order', 'inventory'])('an idle transaction in the %s database is reported', async (name) => {
    const system = await createSystem();
    await idleIn(name === 'order' ? system.urls.orderUrl : system.urls.inventoryUrl);
    const found = await findFailures(system);
    expect(found).toEqual({ I11: [expect.stringMatching(/^session \d+ sleeper of lmt_owner$/)] });
  });

  test('an idle transaction of a role whose activity is hidden is reported', async () => {
    const system = await createSystem();
    const admin = new URL(inject('adminUrl'));
    admin.pathname = new URL(system.urls.orderUrl).pathname;
    await idleIn(admin.href, admin.username);
    const found = await findFailures(system);
    expect(found).toEqual({ I11: [expect.stringMatching(/^session \d+ sleeper of postgres$/)] });
  });

  test('a session that keeps opening new transactions is not reported', async () => {
    const system = await createSystem();
    const client = await idleIn(system.urls.orderUrl);
    const checking = verify({ ...system.urls, secondsApart: 0.3 });
    for (let round = 0; round < 12; round += 1) {
      await client.query('COMMIT');
      await client.query('BEGIN');
      await pause(50);
    }
    expect((await checking).ok).toBe(true);
  });
});

describe('an unreadable database', () => {
  test('is reported without its password', async () => {
    const system = await createSystem();
    const url = new URL(system.urls.inventoryUrl);
    url.port = '1';
    const reading = verify({ ...system.urls, inventoryUrl: url.href });
    await expect(reading).rejects.toMatchObject({
      name: 'UnreadableError',
      message: expect.stringMatching(
        /^the inventory database \(127\.0\.0\.1:1\/verify_inventory_\w+\) can't be read: connect/,
      ),
    });
  });

  test('is reported if its tables are missing', async () => {
    const system = await createSystem();
    await expect(verify({ ...system.urls, inventoryUrl: system.urls.orderUrl })).rejects.toThrow(
      /can't be read: relation "\w+" does not exist/,
    );
  });
});
