import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type ClaimOptions, claimStatement } from './claim-batch.js';
import { requeueMessages } from './decide-messages.js';
import { listMessages } from './find-messages.js';
import {
  aMessage,
  claimMessages,
  createOutboxDatabase,
  type OutboxDatabase,
  someMessages,
  someTimes,
} from './order-database.fixture.js';
import { markDead, markPublished } from './record-outcomes.js';

let db: OutboxDatabase;
beforeAll(async () => {
  db = await createOutboxDatabase();
});
beforeEach(() => db.empty());
afterAll(() => db.close());

const claim = (sql = db.relay, fields: Partial<ClaimOptions> = {}) =>
  claimMessages(sql, { batchSize: 500, leaseSeconds: 60, token: randomUUID(), ...fields });
const toIds = (messages: readonly { readonly id: string }[]) => messages.map(({ id }) => id);

describe('claiming messages', () => {
  it('returns the message as it was written', async () => {
    const message = aMessage({
      payload: { text: '你好', list: [1, null] },
      headers: { traceparent: '00-a' },
    });
    await db.write([message]);
    const [claimed] = await claim();
    expect(claimed).toMatchObject({
      id: message.id,
      seq: 1n,
      topic: 'order-events',
      key: message.key,
      type: message.type,
      status: 'PENDING',
      headers: message.headers,
      attempts: 0,
      failures: 0,
    });
    expect(JSON.parse(claimed?.payload ?? '')).toEqual(message.payload);
    expect(claimed?.createdAt).toBeInstanceOf(Date);
  });

  it('claims at most a batch, longest due first', async () => {
    const messages = someMessages(30);
    await db.write(messages);
    expect(toIds(await claim(db.relay, { batchSize: 10 }))).toEqual(toIds(messages.slice(0, 10)));
    expect(toIds(await claim(db.relay, { batchSize: 10 }))).toEqual(toIds(messages.slice(10, 20)));
  });

  it('throws for a batch size that is not a positive integer', () => {
    for (const size of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => claimStatement(size)).toThrow(RangeError);
    }
  });

  it('claims a row again only after its lease has expired', async () => {
    await db.write([aMessage()]);
    const first = await claim();
    expect(first).toHaveLength(1);
    expect(await claim()).toEqual([]);
    await db.expireLeases();
    expect(toIds(await claim())).toEqual(toIds(first));
  });

  it('does not claim a message that is finished, dead or not yet due', async () => {
    await db.write(someMessages(5));
    const rows = await db.messages();
    const set = (index: number, assignment: string) =>
      db.admin.query(`UPDATE outbox_messages SET ${assignment} WHERE id = $1`, [rows[index]?.id]);
    await set(0, `status = 'COMPLETED', completed_at = now()`);
    await set(1, `status = 'DISCARDED', completed_at = now()`);
    await set(2, `status = 'DEAD'`);
    await set(3, `available_at = now() + interval '1 hour'`);
    await set(4, `status = 'PUBLISHED', available_at = now() + interval '1 hour'`);
    expect(await claim()).toEqual([]);
  });

  it('claims no PENDING message without the earlier ones of its key, leased or not, due or not', async () => {
    const key = randomUUID();
    const [first, second] = [aMessage({ key }), aMessage({ key })];
    await db.write([first, second]);
    expect(toIds(await claim(db.relay, { batchSize: 1 }))).toEqual([first.id]);
    expect(await claim()).toEqual([]);
    await db.expireLeases();
    await db.admin.query(`UPDATE outbox_messages SET available_at = now() + '1 hour' WHERE id = $1`, [
      first.id,
    ]);
    expect(await claim()).toEqual([]);
  });

  it('claims the next message of a key once the first is published or dead', async () => {
    const key = randomUUID();
    const messages = someMessages(3, { key });
    await db.write(messages);
    const [first, second, third] = toIds(messages);
    const one = { batchSize: 1, token: randomUUID() };
    expect(toIds(await claim(db.relay, one))).toEqual([first]);
    await markPublished(db.relay, one.token, someTimes, [{ id: first ?? '', attempt: 1, delayMs: 60_000 }]);
    expect(toIds(await claim(db.relay, one))).toEqual([second]);
    await markDead(db.relay, one.token, [{ id: second ?? '', reason: 'too large' }]);
    expect(toIds(await claim(db.relay, one))).toEqual([third]);
  });

  it('claims a PUBLISHED message with an overdue result beside PENDING ones of its key', async () => {
    const key = randomUUID();
    const [early, late] = [aMessage({ key }), aMessage({ key })];
    await db.write([early, late]);
    await db.admin.query(`UPDATE outbox_messages SET status = 'PUBLISHED', attempts = 1 WHERE id = $1`, [
      late.id,
    ]);
    expect(toIds(await claim())).toEqual([early.id, late.id]);
  });
});

describe('shipped bug 2: two pollers claim the same row', () => {
  // Each row has its own key, because messages of one key are claimed one after the other.
  it('hands each of 2,000 rows to exactly one of 16 claimers', async () => {
    await db.write(someMessages(2_000));
    const relays = Array.from({ length: 4 }, () => db.connectRelay());
    const owners = new Map<string, string[]>();
    await Promise.all(
      Array.from({ length: 16 }, async (_, index) => {
        for (;;) {
          const token = randomUUID();
          const rows = await claim(relays[index % relays.length], { batchSize: 25, token });
          if (rows.length === 0) return;
          for (const { id } of rows) owners.set(id, [...(owners.get(id) ?? []), token]);
        }
      }),
    );
    expect([...owners.values()].filter((tokens) => tokens.length > 1)).toEqual([]);
    const stored = new Map((await db.messages()).map((row) => [row.id, row.lease_token]));
    // A claimer may stop early if others have locked the remaining rows, but no row is claimed
    // twice.
    for (const [id, [token]] of owners) expect(stored.get(id)).toBe(token);
    expect(owners.size + (await claim(db.relay, { batchSize: 2_000 })).length).toBe(2_000);
  });

  it('does not wait for rows that another claim has locked', async () => {
    const [locked, free] = [aMessage(), aMessage()];
    await db.write([locked, free]);
    const lock = `SELECT 1 FROM outbox_messages WHERE id = '${locked.id}' FOR UPDATE`;
    expect(toIds(await db.whileOpen(lock, () => claim()))).toEqual([free.id]);
  });
});

describe('shipped bug 8: the clock of the application decides', () => {
  const timeZone = process.env.TZ;
  afterEach(async () => {
    vi.useRealTimers();
    if (timeZone === undefined) delete process.env.TZ;
    else process.env.TZ = timeZone;
    await db.admin.query(`ALTER ROLE lmt_relay IN DATABASE ${await databaseName()} RESET timezone`);
  });
  const databaseName = async () =>
    (await db.admin.query<{ name: string }>('SELECT current_database() AS name')).rows[0]?.name;

  it.each([-5, 0, 5])(
    'schedules by the database clock when the clock of the process is %i minutes off',
    async (minutes) => {
      await db.write([aMessage()]);
      const realNow = Date.now();
      vi.useFakeTimers({ toFake: ['Date'], now: realNow + minutes * 60_000 });
      await expectSchedule(await leaseAndPublish(db.connectRelay()));
    },
  );

  it('schedules by the database clock and reads createdAt correctly in the Shanghai time zone', async () => {
    process.env.TZ = 'Asia/Shanghai';
    await db.admin.query(
      `ALTER ROLE lmt_relay IN DATABASE ${await databaseName()} SET timezone = 'Asia/Shanghai'`,
    );
    await db.write([aMessage()]);
    const { claimed, ...schedule } = await leaseAndPublish(db.connectRelay());
    await expectSchedule(schedule);
    // A wrong time zone would shift createdAt by hours.
    expect(Math.abs(Date.now() - (claimed?.createdAt.getTime() ?? 0))).toBeLessThan(60_000);
  });

  async function leaseAndPublish(relay: OutboxDatabase['relay']) {
    const token = randomUUID();
    const [claimed] = await claim(relay, { leaseSeconds: 60, token });
    const id = claimed?.id ?? '';
    const { leased_for_ms } = await db.message(id);
    const again = await claim(relay);
    await markPublished(relay, token, someTimes, [{ id, attempt: 1, delayMs: 30_000 }]);
    const { due_in_ms } = await db.message(id);
    return { claimed, leased_for_ms, again, due_in_ms };
  }

  async function expectSchedule(found: {
    leased_for_ms: number | null;
    again: readonly unknown[];
    due_in_ms: number;
  }) {
    expect(found.leased_for_ms).toBeGreaterThan(45_000);
    expect(found.leased_for_ms).toBeLessThanOrEqual(60_000);
    expect(found.again).toEqual([]);
    expect(found.due_in_ms).toBeGreaterThan(15_000);
    expect(found.due_in_ms).toBeLessThanOrEqual(30_000);
  }
});

describe('db-clock: the clock of the database was an hour ahead and is set back', () => {
  /** Shifts all times, as if a clock that is an hour ahead had written them. */
  const writeAhead = () =>
    db.admin.query(
      `UPDATE outbox_messages SET created_at = created_at + interval '1 hour', available_at = available_at + interval '1 hour'`,
    );

  it('db-clock: claims messages that were enqueued or requeued before, and shows when they were due', async () => {
    const [enqueued, requeued] = [aMessage(), aMessage()];
    await db.write([enqueued, requeued]);
    await db.admin.query(`UPDATE outbox_messages SET status = 'DEAD' WHERE id = $1`, [requeued.id]);
    await db.order.$transaction((tx) => requeueMessages(tx, [requeued.id], { by: 'ada' }));
    await writeAhead();
    expect(toIds(await claim())).toEqual([enqueued.id, requeued.id]);
    const { items } = await listMessages(db.order, { filter: {}, limit: 2 });
    for (const message of items) {
      expect(message.availableAt).toEqual(message.createdAt);
    }
  });
});
