import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { enqueue, enqueueMany, WAKE_UP_CHANNEL } from './enqueue.js';
import {
  aMessage,
  createOutboxDatabase,
  type OutboxDatabase,
  someMessages,
  until,
} from './order-database.fixture.js';

let db: OutboxDatabase;
beforeAll(async () => {
  db = await createOutboxDatabase();
});
beforeEach(() => db.empty());
afterAll(() => db.close());

describe('writing messages', () => {
  it('writes the message with the business rows, or neither if the transaction rolls back', async () => {
    const write = (fails: boolean) =>
      db.order.$transaction(async (tx) => {
        const message = aMessage();
        await tx.$executeRaw`INSERT INTO orders (id, customer_id, idempotency_key, request_hash, message_id)
          VALUES (${message.key}::uuid, 'c1', ${message.id}, 'hash', ${message.id}::uuid)`;
        await enqueue(tx, message);
        if (fails) throw new Error('refused');
      });

    await expect(write(true)).rejects.toThrow('refused');
    expect(await db.messages()).toEqual([]);
    expect(await db.order.order.count()).toBe(0);

    await write(false);
    expect(await db.statuses()).toEqual({ PENDING: 1 });
    expect(await db.order.order.count()).toBe(1);
  });

  it('stores the message unchanged: PENDING, due at once, without a lease', async () => {
    const payload = { text: 'Grüße 你好 🎹 "quoted" \\ \r\n', nothing: null, list: [1, [2.5, true]] };
    const headers = { traceparent: '00-abc' };
    const message = aMessage({ payload, headers });
    await db.write([message]);
    expect(await db.message(message.id)).toMatchObject({
      ...message,
      status: 'PENDING',
      attempts: 0,
      failures: 0,
      lease_token: null,
      leased_until: null,
      result: null,
      history: [],
    });
    expect((await db.message(message.id)).due_in_ms).toBeLessThanOrEqual(0);
  });

  it('keeps the order of the list in seq', async () => {
    const messages = someMessages(500);
    await db.write(messages);
    expect((await db.messages()).map((row) => row.id)).toEqual(messages.map((message) => message.id));
  });

  it('sends one notification per transaction at its commit, and none for a rollback', async () => {
    const listener = new pg.Client({ connectionString: db.urls.relay });
    let signals = 0;
    listener.on('notification', () => {
      signals += 1;
    });
    await listener.connect();
    try {
      await listener.query(`LISTEN ${WAKE_UP_CHANNEL}`);
      await db.order.$transaction(async (tx) => {
        await enqueueMany(tx, someMessages(100));
        await enqueueMany(tx, someMessages(100));
        // After a round trip on the listening connection, all earlier notifications have arrived.
        await listener.query('SELECT 1');
        expect(signals).toBe(0);
      });
      await until('the signal arrived', () => signals > 0);
      await db.order
        .$transaction(async (tx) => {
          await enqueueMany(tx, someMessages(10));
          throw new Error('rolled back');
        })
        .catch(() => {});
      await listener.query('SELECT 1');
      expect(signals).toBe(1);
    } finally {
      await listener.end();
    }
  });

  it('aborts the whole transaction if an id already exists', async () => {
    const first = aMessage();
    await db.write([first]);
    const second = aMessage();
    await expect(
      db.order.$transaction(async (tx) => {
        await enqueue(tx, second);
        await enqueue(tx, { ...second, id: first.id });
      }),
    ).rejects.toThrow();
    await expect(db.write([aMessage({ id: second.id }), aMessage({ id: second.id })])).rejects.toThrow();
    expect((await db.messages()).map((row) => row.id)).toEqual([first.id]);
  });

  it('writes nothing for an empty list', async () => {
    await db.write([]);
    expect(await db.messages()).toEqual([]);
  });

  it('does not compile outside a transaction', () => {
    const outside = () => {
      // @ts-expect-error a bare client is not a transaction
      void enqueue(db.order, aMessage({ id: randomUUID() }));
    };
    expect(outside).toBeTypeOf('function');
  });
});
