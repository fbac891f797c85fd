import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import type { Ids, World } from './small-world.fixture.js';
import { createWorlds } from './small-world.fixture.js';
import { verify } from './verify.js';

let worlds: Awaited<ReturnType<typeof createWorlds>>;
beforeAll(async () => {
  worlds = await createWorlds(inject('adminUrl'));
});
afterAll(() => worlds?.end());

async function aWorld() {
  const world = await worlds.create();
  onTestFinished(() => worlds.destroy(world));
  return world;
}

/** Some of everything that has come to its end. */
async function populate(world: World) {
  const ids = await world.confirmed();
  await world.confirmed();
  const rejected = await world.rejected();
  const released = await world.released();
  const neverArrived = await world.neverArrived();
  return { ids, rejected, released, neverArrived };
}

/** What fails, by invariant. */
async function failures(world: World, options: { settled?: boolean } = {}) {
  const { ok, checks } = await verify({ ...world.urls, ...options, looks: 2, secondsApart: 0.05 });
  const failed = checks.filter((check) => !check.ok);
  expect(ok).toBe(failed.length === 0);
  return Object.fromEntries(
    failed.map(({ id, offenders }) => [id, offenders.map((offender) => offender.id)]),
  );
}

async function noteOf(world: World, id: string) {
  const { checks } = await verify({ ...world.urls, looks: 1 });
  return checks.find((check) => check.id === id)?.note;
}

describe('a sound world', () => {
  test('is found sound when everything is done', async () => {
    const world = await aWorld();
    await populate(world);
    expect(await failures(world, { settled: true })).toEqual({});
  });

  test('is found sound when it is empty', async () => {
    expect(await failures(await aWorld(), { settled: true })).toEqual({});
  });

  test('is found sound after its finished messages were purged', async () => {
    const world = await aWorld();
    const { ids, rejected, released, neverArrived } = await populate(world);
    for (const { messageId, cancelId } of [ids, rejected, released, neverArrived]) {
      await world.purge(messageId);
      await world.purge(cancelId);
    }
    expect(await failures(world, { settled: true })).toEqual({});
  });

  test('is found sound at every step of an order', async () => {
    const world = await aWorld();
    const ids = await world.place();
    const steps = [
      () => world.publish(ids.messageId),
      () => world.deduct(ids, 'SUCCEEDED'),
      () => world.complete(ids.id, ids.messageId, 'SUCCEEDED', 'CONFIRMED'),
      () => world.askToCancel(ids),
      () => world.publish(ids.cancelId),
      () => world.release(ids, 'RELEASED'),
      () => world.complete(ids.id, ids.cancelId, 'SUCCEEDED', 'CANCELLED'),
    ];
    expect(await failures(world)).toEqual({});
    for (const step of steps) {
      await step();
      expect(await failures(world)).toEqual({});
    }
  });

  test('is found sound when a cancelling overtakes the answer to the placement', async () => {
    const world = await aWorld();
    const ids = await world.place();
    await world.publish(ids.messageId);
    await world.deduct(ids, 'REJECTED');
    await world.askToCancel(ids);
    await world.publish(ids.cancelId);
    await world.inventory.query(
      `INSERT INTO inbox_messages (id, type, order_id, result) VALUES ($1, 'order.cancelled.v1',
      $2, '{"outcome": "SUCCEEDED", "processedAt": "2026-01-31T12:00:00.000Z"}')`,
      [ids.cancelId, ids.id],
    );
    expect(await failures(world)).toEqual({});
    await world.complete(ids.id, ids.cancelId, 'SUCCEEDED', 'CANCELLED');
    expect(await failures(world)).toEqual({});
    await world.complete(ids.id, ids.messageId, 'REJECTED', 'CANCELLED');
    expect(await failures(world, { settled: true })).toEqual({});
  });

  test('has notes of what is under way or given up', async () => {
    const world = await aWorld();
    await world.place();
    await world.giveUp(await world.place(), 'DEAD');
    const ids = await world.place();
    await world.order.query(
      `UPDATE outbox_messages SET lease_token = id, leased_until = now() - interval '5 minutes' WHERE id = $1`,
      [ids.messageId],
    );
    expect(await failures(world)).toEqual({});
    expect(await noteOf(world, 'I8')).toBe('1 DEAD messages wait for a person');
    expect(await noteOf(world, 'I10')).toMatch(
      /^2 messages are under way, the oldest for \d+ s; 3 orders are open$/,
    );
    expect(await noteOf(world, 'I11')).toMatch(/^1 leases have run out, the oldest 30\d s ago/);
  });

  test('is found sound while it moves', { timeout: 60_000 }, async () => {
    const world = await aWorld();
    await world.inventory.query(`UPDATE stock_items SET available = 1000000;
      UPDATE stock_movements SET delta = 1000000`);
    let moving = true;
    let moved = 0;
    // Each hand-over at once, so that whatever order the two databases are read in, much is in between.
    async function live() {
      while (moving) {
        const ids = await (moved % 4 === 3 ? world.released() : world.confirmed());
        if (moved % 3 === 0) await world.purge(ids.messageId);
        if (moved % 5 === 0) await world.purge(ids.cancelId);
        moved += 1;
      }
    }
    const lives = Promise.all([live(), live(), live(), live()]);
    try {
      for (let round = 0; round < 8; round += 1) {
        const { checks } = await verify({ ...world.urls, secondsApart: 0.2 });
        expect(checks.filter(({ ok }) => !ok)).toEqual([]);
      }
    } finally {
      moving = false;
      await lives;
    }
    expect(moved).toBeGreaterThan(20);
    expect(await failures(world, { settled: true })).toEqual({});
  });
});

export interface Damage {
  name: string;
  /** SQL on the order database */
  order?: string;
  /** SQL on the inventory's */
  inventory?: string;
  /** the ids that fail, by invariant */
  expected: Record<string, string[]>;
}

const ghost = '00000000-0000-7000-8000-00000000dead';
const ghostMessage = '00000000-0000-7000-8000-0000000beef0';

/** What can be broken about a confirmed order. */
const damages: (ids: Ids) => Damage[] = ({ id, messageId }): Damage[] => [
  {
    name: 'a pending order without its message',
    order: `INSERT INTO orders (id, customer_id, message_id) VALUES ('${ghost}', 'c', '${ghostMessage}');
      INSERT INTO order_items VALUES ('${ghost}', 'A', 0, 1)`,
    expected: { I1: [ghost] },
  },
  {
    name: 'a confirmed order whose message never was',
    order: `UPDATE orders SET message_id = '${ghostMessage}' WHERE id = '${id}'`,
    expected: { I1: [id, messageId] },
  },
  {
    name: 'an order without items',
    order: `INSERT INTO orders (id, customer_id, message_id) VALUES ('${ghost}', 'c', '${ghostMessage}');
      INSERT INTO outbox_messages (id, topic, key, type, payload)
      VALUES ('${ghostMessage}', 'order-events', '${ghost}', 'order.placed.v1', '{}')`,
    expected: { I1: [ghost] },
  },
  {
    name: 'a placement without its order',
    order: `INSERT INTO outbox_messages (id, topic, key, type, payload)
      VALUES ('${ghostMessage}', 'order-events', '${ghost}', 'order.placed.v1', '{}')`,
    expected: { I1: [ghostMessage] },
  },
  {
    name: 'a cancelling without its order',
    order: `INSERT INTO outbox_messages (id, topic, key, type, payload)
      VALUES ('${ghostMessage}', 'order-events', '${ghost}', 'order.cancelled.v1', '{}')`,
    expected: { I1: [ghostMessage] },
  },
  {
    name: 'an order announced twice',
    order: `INSERT INTO outbox_messages (id, topic, key, type, payload)
      VALUES ('${ghostMessage}', 'order-events', '${id}', 'order.placed.v1', '{}')`,
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
    name: 'an order that is being cancelled without a message that says so',
    order: `UPDATE orders SET status = 'CANCELLING' WHERE id = '${id}'`,
    expected: { I3: [id] },
  },
  {
    name: 'a confirmed order that a message still cancels',
    order: `INSERT INTO outbox_messages (id, topic, key, type, payload)
      VALUES ('${ghostMessage}', 'order-events', '${id}', 'order.cancelled.v1', '{}')`,
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
    name: 'stock that no movement explains',
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
    name: 'a deduction that was given back though the order is confirmed',
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
    name: 'a deduction in two parts',
    inventory: `ALTER TABLE stock_movements DROP CONSTRAINT stock_movements_order_id_sku_kind_key;
      UPDATE stock_movements SET delta = -1 WHERE order_id = '${id}' AND sku = 'A';
      INSERT INTO stock_movements (order_id, sku, kind, delta) VALUES ('${id}', 'A', 'DEDUCT', -1)`,
    expected: { I6: [id] },
  },
  {
    name: 'two inbox rows of one message',
    inventory: `ALTER TABLE inbox_messages DROP CONSTRAINT inbox_messages_pkey;
      INSERT INTO inbox_messages SELECT * FROM inbox_messages WHERE id = '${messageId}'`,
    expected: { I6: [messageId] },
  },
  {
    name: 'two reservations of one order',
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
    inventory: `INSERT INTO inbox_messages (id, type, order_id, result)
      VALUES ('${ghostMessage}', 'order.placed.v1', '${id}', '{"outcome": "SUCCEEDED"}')`,
    expected: { I7: [ghostMessage] },
  },
  {
    name: 'an inbox row of another order',
    inventory: `INSERT INTO inbox_messages (id, type, order_id, result) SELECT '${ghostMessage}', type, order_id, result
        FROM inbox_messages WHERE id = '${messageId}';
      UPDATE inbox_messages SET order_id = '${ghost}' WHERE id = '${messageId}'`,
    expected: { I7: [ghost, ghostMessage, messageId] },
  },
  {
    name: 'a message that is due in a hundred years',
    order: `INSERT INTO orders (id, customer_id, message_id) VALUES ('${ghost}', 'c', '${ghostMessage}');
      INSERT INTO order_items VALUES ('${ghost}', 'A', 0, 1);
      INSERT INTO outbox_messages (id, topic, key, type, payload, available_at)
      VALUES ('${ghostMessage}', 'order-events', '${ghost}', 'order.placed.v1', '{}', now() + interval '100 years')`,
    expected: { I8: [ghostMessage] },
  },
  {
    name: 'a dead letter without a reason',
    order: `INSERT INTO orders (id, customer_id, message_id) VALUES ('${ghost}', 'c', '${ghostMessage}');
      INSERT INTO order_items VALUES ('${ghost}', 'A', 0, 1);
      INSERT INTO outbox_messages (id, topic, key, type, payload, status, last_error)
      VALUES ('${ghostMessage}', 'order-events', '${ghost}', 'order.placed.v1', '{}', 'DEAD', 'gone')`,
    expected: { I8: [ghostMessage] },
  },
  {
    name: 'a discarded message that nobody discarded',
    order: `INSERT INTO orders (id, customer_id, message_id) VALUES ('${ghost}', 'c', '${ghostMessage}');
      INSERT INTO order_items VALUES ('${ghost}', 'A', 0, 1);
      INSERT INTO outbox_messages (id, topic, key, type, payload, status, completed_at, history)
      VALUES ('${ghostMessage}', 'order-events', '${ghost}', 'order.placed.v1', '{}', 'DISCARDED', now(),
        '[{"event": "died", "reason": "too large"}]')`,
    expected: { I3: [ghost], I8: [ghostMessage] },
  },
  {
    name: 'a published message that was never published',
    order: `INSERT INTO orders (id, customer_id, message_id) VALUES ('${ghost}', 'c', '${ghostMessage}');
      INSERT INTO order_items VALUES ('${ghost}', 'A', 0, 1);
      INSERT INTO outbox_messages (id, topic, key, type, payload, status)
      VALUES ('${ghostMessage}', 'order-events', '${ghost}', 'order.placed.v1', '{}', 'PUBLISHED')`,
    expected: { I8: [ghostMessage] },
  },
  {
    name: 'a missing inbox row',
    inventory: `DELETE FROM inbox_messages WHERE id = '${messageId}'`,
    expected: { I7: [id], I9: [messageId] },
  },
  {
    name: 'a result that the inbox does not know',
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

describe('a damaged world', () => {
  const placeholder = { id: ghost, messageId: ghostMessage, cancelId: ghost };
  test.each(damages(placeholder).map(({ name }, index) => ({ name, index })))('$name', async ({ index }) => {
    const world = await aWorld();
    const { ids } = await populate(world);
    const damage = damages(ids)[index];
    if (damage?.order) await world.order.query(damage.order);
    if (damage?.inventory) await world.inventory.query(damage.inventory);
    const found = await failures(world);
    const sorted = Object.entries({ ...damage?.expected }).map(([id, offenders]) => [id, offenders.sort()]);
    for (const offenders of Object.values(found)) offenders.sort();
    expect(found).toEqual(Object.fromEntries(sorted));
  });

  test('one key of two orders', async () => {
    const world = await aWorld();
    const { ids, rejected } = await populate(world);
    await world.order.query(`ALTER TABLE orders DROP CONSTRAINT orders_idempotency_key_key`);
    await world.order.query(`UPDATE orders SET idempotency_key = 'k' WHERE id = ANY($1)`, [
      [ids.id, rejected.id],
    ]);
    const found = await failures(world);
    expect(Object.keys(found)).toEqual(['I2']);
    expect(new Set(found.I2)).toEqual(new Set([ids.id, rejected.id]));
  });

  test('a cancelled order whose stock was not given back', async () => {
    const world = await aWorld();
    const { released } = await populate(world);
    await world.inventory.query(
      `WITH gone AS (DELETE FROM stock_movements WHERE order_id = $1 AND kind = 'RELEASE' RETURNING sku, delta)
      UPDATE stock_items s SET available = available - delta FROM gone WHERE gone.sku = s.sku`,
      [released.id],
    );
    expect(await failures(world)).toEqual({ I5: [released.id] });
  });

  test('an order that still waits for a discarded placement', async () => {
    const world = await aWorld();
    const ids = await world.place();
    await world.giveUp(ids, 'DISCARDED');
    expect(await failures(world)).toEqual({ I3: [ids.id] });
    expect(await failures(world, { settled: true })).toEqual({ I3: [ids.id], I10: [ids.id] });
  });

  test('an order whose cancelling was discarded', async () => {
    const world = await aWorld();
    const ids = await world.confirmed();
    await world.askToCancel(ids);
    await world.giveUp({ ...ids, messageId: ids.cancelId }, 'DISCARDED');
    expect(await failures(world)).toEqual({ I3: [ids.id] });
  });

  test('a purged order that is still pending has lost its message', async () => {
    const world = await aWorld();
    const ids = await world.place();
    await world.publish(ids.messageId);
    await world.deduct(ids, 'SUCCEEDED');
    await world.purge(ids.messageId);
    expect(await failures(world)).toEqual({ I1: [ids.id] });
  });

  test('more damage than can be listed is counted', async () => {
    const world = await aWorld();
    await world.inventory.query(
      `INSERT INTO reservations (order_id, status) SELECT gen_random_uuid(), 'REJECTED' FROM generate_series(1, 12000)`,
    );
    const { checks } = await verify({ ...world.urls, looks: 2, secondsApart: 0 });
    const check = checks.find(({ id }) => id === 'I7');
    expect(check).toMatchObject({ ok: false, count: 12_000 });
    expect(check?.offenders).toHaveLength(1_000);
  });
});

describe('a world at rest', () => {
  test('has no message under way, no dead letter and no open order', async () => {
    const world = await aWorld();
    const pending = await world.place();
    const dead = await world.place();
    await world.giveUp(dead, 'DEAD');
    const found = await failures(world, { settled: true });
    expect(Object.keys(found)).toEqual(['I10']);
    expect(found.I10?.sort()).toEqual([pending.id, pending.messageId, dead.id, dead.messageId].sort());
  });

  test('has no lease', async () => {
    const world = await aWorld();
    const { id, messageId } = await world.place();
    await world.order.query(
      `UPDATE outbox_messages SET lease_token = id, leased_until = now() - interval '1 hour' WHERE id = $1`,
      [messageId],
    );
    expect(await failures(world, { settled: true })).toEqual({
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

  test.each(['order', 'inventory'])('an idle transaction in the %s database is found', async (name) => {
    const world = await aWorld();
    await idleIn(name === 'order' ? world.urls.orderUrl : world.urls.inventoryUrl);
    const found = await failures(world);
    expect(found).toEqual({ I11: [expect.stringMatching(/^session \d+ sleeper of lmt_owner$/)] });
  });

  test('an idle transaction of a role whose activity is hidden is found', async () => {
    const world = await aWorld();
    const admin = new URL(inject('adminUrl'));
    admin.pathname = new URL(world.urls.orderUrl).pathname;
    await idleIn(admin.href, admin.username);
    const found = await failures(world);
    expect(found).toEqual({ I11: [expect.stringMatching(/^session \d+ sleeper of postgres$/)] });
  });

  test('a session that goes from one transaction to the next is none', async () => {
    const world = await aWorld();
    const client = await idleIn(world.urls.orderUrl);
    const checking = verify({ ...world.urls, secondsApart: 0.3 });
    for (let round = 0; round < 12; round += 1) {
      await client.query('COMMIT');
      await client.query('BEGIN');
      await pause(50);
    }
    expect((await checking).ok).toBe(true);
  });
});

const bootstrap = inject('kafkaBootstrap');
const fromMessaging = createRequire(new URL('../../packages/messaging/package.json', import.meta.url));
const { Kafka, logLevel } = fromMessaging('kafkajs');

describe.skipIf(bootstrap === null)('the consumer', () => {
  const topic = `verify-${randomUUID()}`;
  const groupId = `${topic}-group`;
  const settings = { bootstrap, topic, groupId };
  const kafka = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING });

  beforeAll(async () => {
    const admin = kafka.admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic, numPartitions: 2 }], waitForLeaders: true });
    await admin.disconnect();
    const producer = kafka.producer();
    await producer.connect();
    await producer.send({ topic, messages: ['a', 'b', 'c'].map((value) => ({ partition: 1, value })) });
    await producer.disconnect();
  });

  async function commit(offset: string) {
    const admin = kafka.admin();
    await admin.connect();
    await admin.setOffsets({ groupId, topic, partitions: [{ partition: 1, offset }] });
    await admin.disconnect();
  }

  test('may be behind while the system works, and not once it has settled', async () => {
    const atRest = await aWorld();
    const atWork = await aWorld();
    await atWork.place();
    const lag = async (world: World, settled: boolean) => {
      const options = { ...world.urls, kafka: settings, looks: 2, secondsApart: 0 };
      const { checks } = await verify({ ...options, settled });
      const { ok, open, offenders, note } = checks.find(({ id }) => id === 'I11') ?? {};
      return { ok, open, offenders, note };
    };
    const problem = 'the consumer is 3 messages behind';
    const offenders = [{ id: 'partition 1', problem }];
    expect(await lag(atWork, false)).toEqual({ ok: true, open: true, offenders: [], note: problem });
    expect(await lag(atWork, true)).toEqual({ ok: false, open: false, offenders, note: null });
    expect(await lag(atRest, false)).toEqual({ ok: false, open: false, offenders, note: null });
    await commit('2');
    expect(await lag(atWork, false)).toMatchObject({ ok: true, note: 'the consumer is 1 messages behind' });
    await commit('3');
    const none = { ok: true, open: false, offenders: [], note: null };
    expect(await lag(atRest, true)).toEqual(none);
    expect(await lag(atWork, false)).toEqual(none);
  });

  test('is not behind on a topic that does not exist yet', async () => {
    const world = await aWorld();
    const kafka = { ...settings, topic: `${topic}-not` };
    expect((await verify({ ...world.urls, kafka, settled: true, looks: 1 })).ok).toBe(true);
  });

  test('can not be judged without its broker', async () => {
    const world = await aWorld();
    const kafka = { ...settings, bootstrap: '127.0.0.1:1' };
    await expect(verify({ ...world.urls, kafka })).rejects.toThrow(
      /^Kafka \(127\.0\.0\.1:1\) can't be read: /,
    );
  });
});

describe('npm run verify', () => {
  const script = fileURLToPath(new URL('../verify.js', import.meta.url));

  const run = (...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
    new Promise((resolve) => {
      execFile(process.execPath, [script, ...args], (error, stdout, stderr) =>
        resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
      );
    });
  const databasesOf = ({ urls }: World) => [
    '--order-url',
    urls.orderUrl,
    '--inventory-url',
    urls.inventoryUrl,
  ];

  test('prints a line an invariant and exits with 0 when all hold', async () => {
    const { code, stdout } = await run(...databasesOf(await aWorld()), '--settled');
    const lines = stdout.trimEnd().split('\n');
    expect(lines.map((line) => line.slice(0, 8).trim())).toEqual(
      Array.from({ length: 11 }, (_, index) => `ok   I${index + 1}`),
    );
    expect(lines).toContain('ok   I4  stock is never negative, now and at any time before');
    expect(code).toBe(0);
  });

  test('says ok of all when nothing is unfinished, and of what can not be told yet that it can not', async () => {
    const world = await aWorld();
    await populate(world);
    const atRest = await run(...databasesOf(world));
    expect(atRest.stdout.match(/^ok {3}/gm)).toHaveLength(11);
    await world.place();
    const atWork = await run(...databasesOf(world));
    expect(atWork.stdout.match(/^ok {3}/gm)).toHaveLength(10);
    expect(atWork.stdout).toContain(
      "--   I10 everything comes to its end: can't be told while something is unfinished\nnote I10 1 messages",
    );
    expect([atRest.code, atWork.code]).toEqual([0, 0]);
  });

  test('names at most ten offenders, says how many more there are, and exits with 1', async () => {
    const world = await aWorld();
    await world.inventory.query(
      `INSERT INTO stock_items (sku, available) SELECT 'C' || n, 5 FROM generate_series(1, 12) n`,
    );
    const { code, stdout } = await run(...databasesOf(world));
    const line = stdout.split('\n').find((text) => text.startsWith('FAIL')) ?? '';
    expect(line).toMatch(/^FAIL I5 {2}the movements add up.*: C\d+ \(5 available, .*, and 2 more$/);
    expect(line.match(/C\d+ /g)).toHaveLength(10);
    expect(code).toBe(1);
  });

  test('exits with 2 when it can not read', async () => {
    const world = await aWorld();
    const away = world.urls.inventoryUrl.replace(/:\d+\//, ':1/');
    const { code, stdout, stderr } = await run('--order-url', world.urls.orderUrl, '--inventory-url', away);
    expect(stderr).toMatch(/^the inventory database .* can't be read: .*\n$/);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  test('exits with 2 when it is called wrongly', async () => {
    expect(await run('--order-url', 'postgresql://x')).toMatchObject({ code: 2, stdout: '' });
    expect(await run('--oder-url', 'postgresql://x')).toMatchObject({ code: 2, stdout: '' });
  });
});

describe('what can not be read', () => {
  test('is said without its password', async () => {
    const world = await aWorld();
    const url = new URL(world.urls.inventoryUrl);
    url.port = '1';
    const reading = verify({ ...world.urls, inventoryUrl: url.href });
    await expect(reading).rejects.toMatchObject({
      name: 'UnreadableError',
      message: expect.stringMatching(
        /^the inventory database \(127\.0\.0\.1:1\/verify_inventory_\w+\) can't be read: connect/,
      ),
    });
  });

  test('a database without the tables is not found sound', async () => {
    const world = await aWorld();
    await expect(verify({ ...world.urls, inventoryUrl: world.urls.orderUrl })).rejects.toThrow(
      /can't be read: relation "\w+" does not exist/,
    );
  });
});
