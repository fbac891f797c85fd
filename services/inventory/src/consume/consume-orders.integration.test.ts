import { messageResultsRequest } from '@lmt/contracts';
import type { InboundMessage } from '@lmt/messaging';
import type { SqlClient } from '@lmt/postgres';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  aPlacement,
  createInventoryTestDatabase,
  type InventoryTestDatabase,
  toInbound,
} from '../inventory.fixture.js';
import { NOW, startConsumer as startConsumerOn } from './consumer.fixture.js';

let db: InventoryTestDatabase;
let inventory: SqlClient;
beforeAll(async () => {
  db = await createInventoryTestDatabase();
  inventory = db.connectConsumer();
});
beforeEach(() => db.empty());
afterEach(async () => expect(await db.inconsistencies()).toEqual([]));
afterAll(() => db.close());

const at = NOW;
const times = { receivedAt: at, processedAt: at };
const startConsumer = (database = inventory, monotonicNow?: () => number) =>
  startConsumerOn(database, monotonicNow);

describe('consuming order events', () => {
  it('sends one result per message, once its effect is committed', async () => {
    await db.stock({ KEYBOARD: 1 });
    const { consume, sent, counted } = startConsumer();
    const [first, second] = [aPlacement({ KEYBOARD: 1 }), aPlacement({ KEYBOARD: 1 })];
    expect(await consume([first, second, first].map(toInbound))).toEqual([]);
    expect(sent).toEqual([
      { messageId: first.id, orderId: first.key, outcome: 'SUCCEEDED', ...times },
      {
        messageId: second.id,
        orderId: second.key,
        outcome: 'REJECTED',
        reason: 'not enough KEYBOARD: 1 ordered, 0 available',
        ...times,
      },
    ]);
    expect(await counted()).toEqual({ succeeded: 1, rejected: 1, duplicate: 1 });
    expect((await db.snapshot()).inbox.size).toBe(2);
  });

  it('splits a large batch of one partition into transactions of bounded size, in order', async () => {
    const { consume, sent } = startConsumer();
    const items = Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`SKU-${at}`, 1]));
    const messages = Array.from({ length: 120 }, () => aPlacement(items));
    await consume(messages.map(toInbound));
    expect(sent.map(({ messageId }) => messageId)).toEqual(messages.map(({ id }) => id));
    const { rows } = await db.admin.query(
      'SELECT count(DISTINCT xmin::text)::int AS count FROM inbox_messages',
    );
    expect(rows).toEqual([{ count: 3 }]);
  });

  it('resends the stored result of a redelivered message, because the first may have been lost', async () => {
    await db.stock({ KEYBOARD: 1 });
    const { consume, sent } = startConsumer();
    const message = toInbound(aPlacement({ KEYBOARD: 1 }));
    await consume([message]);
    await consume([message]);
    expect(sent).toHaveLength(2);
    expect(sent[1]).toEqual(sent[0]);
    expect((await db.snapshot()).stock).toEqual({ KEYBOARD: 0 });
  });

  it('ignores the case of ids', async () => {
    await db.stock({ KEYBOARD: 5 });
    const { consume, sent } = startConsumer();
    const message = toInbound(aPlacement({ KEYBOARD: 1 }));
    const shouted = {
      ...message,
      id: message.id?.toUpperCase() ?? null,
      key: message.key?.toUpperCase() ?? null,
      body: message.body.replace(message.key ?? '', message.key?.toUpperCase() ?? ''),
    };
    await consume([message]);
    await consume([shouted]);
    await consume([message, shouted]);
    expect(sent).toHaveLength(3);
    for (const result of sent) expect(result).toEqual(sent[0]);
    expect((await db.snapshot()).stock).toEqual({ KEYBOARD: 4 });
  });
});

describe('a message that cannot be processed', () => {
  const malformed: [string, Partial<InboundMessage>, RegExp][] = [
    ['a body that is not JSON', { body: 'not json' }, /not JSON/],
    ['a body of the wrong shape', { body: '{"orderId":1}' }, /orderId: expected a uuid/],
    ['an unknown type', { type: 'order.exploded.v1' }, /unknown message type order.exploded.v1/],
    ['an unknown version', { type: 'order.placed.v99' }, /unknown message type order.placed.v99/],
    ['no type', { type: null }, /no message type/],
  ];

  it.each(malformed)('with an id and %s is reported as FAILED and is not in the inbox', async (...row) => {
    await db.stock({ KEYBOARD: 5 });
    const { consume, sent, counted } = startConsumer();
    const good = [aPlacement({ KEYBOARD: 1 }), aPlacement({ KEYBOARD: 1 })];
    const [before, after] = good.map(toInbound) as [InboundMessage, InboundMessage];
    const bad = { ...toInbound(aPlacement({ KEYBOARD: 1 })), ...row[1] };
    expect(await consume([before, bad, after])).toEqual([]);

    const failed = sent.filter(({ outcome }) => outcome === 'FAILED');
    expect(failed).toEqual([
      {
        messageId: bad.id,
        orderId: bad.key,
        outcome: 'FAILED',
        reason: expect.stringMatching(row[2]),
        ...times,
      },
    ]);
    expect(sent).toHaveLength(3);
    const { stock, inbox } = await db.snapshot();
    expect(stock).toEqual({ KEYBOARD: 3 });
    expect([...inbox.keys()].sort()).toEqual(good.map(({ id }) => id).sort());
    expect(await counted()).toEqual({ succeeded: 2, failed: 1 });
  });

  it('becomes a dead letter if it has no id or no key, and the rest of the batch is processed', async () => {
    await db.stock({ KEYBOARD: 5 });
    const { consume, sent, counted } = startConsumer();
    const good = toInbound(aPlacement({ KEYBOARD: 1 }));
    const [noId, noKey] = [
      { ...toInbound(aPlacement({ KEYBOARD: 1 })), id: null },
      { ...toInbound(aPlacement({ KEYBOARD: 1 })), key: 'not a uuid' },
    ];
    expect(await consume([noId, good, noKey])).toEqual([
      { message: noId, reason: 'no message id that is a uuid' },
      { message: noKey, reason: 'no message key that is an order id' },
    ]);
    expect(sent.map(({ messageId }) => messageId)).toEqual([good.id]);
    expect(await counted()).toEqual({ succeeded: 1, dead_letter: 2 });
  });

  it('is acknowledged without a database if the whole batch is malformed', async () => {
    const { consume, sent } = startConsumer(
      db.connectConsumer({}, 'postgresql://user:x@127.0.0.1:1/nothing'),
    );
    const bad = { ...toInbound(aPlacement({ KEYBOARD: 1 })), body: '' };
    expect(await consume([bad, { ...bad, id: null }])).toHaveLength(1);
    expect(sent).toHaveLength(1);
  });

  it('gets a reason that the order service accepts, for any content', async () => {
    const { consume, sent } = startConsumer();
    const message = toInbound(aPlacement({ KEYBOARD: 1 }));
    await consume([
      { ...message, type: 'a\u0000\r\n\u001b[31m\u2028type' },
      { ...message, type: `${'x'.repeat(478)}${'😀'.repeat(20)}` },
      { ...message, body: JSON.stringify({ ...JSON.parse(message.body), items: [{ '\u0007': 1 }] }) },
    ]);
    expect(sent).toHaveLength(3);
    expect(messageResultsRequest.safeParse({ results: sent }).error).toBeUndefined();
  });
});

describe('more orders than stock', () => {
  it('serves exactly 100 of 300 orders, in random batches delivered twice to 4 consumers', async () => {
    await db.stock({ KEYBOARD: 100 });
    const placements = Array.from({ length: 300 }, () => aPlacement({ KEYBOARD: 1 }));
    const consumers = Array.from({ length: 4 }, () => startConsumer(db.connectConsumer()));
    const shuffled = [...placements, ...placements]
      .map((message) => ({ message, at: Math.random() }))
      .sort((a, b) => a.at - b.at)
      .map(({ message }) => toInbound(message));
    const batches: { to: number; messages: InboundMessage[] }[] = [];
    while (shuffled.length > 0) {
      const messages = shuffled.splice(0, 1 + Math.floor(Math.random() * 20));
      batches.push({ to: Math.floor(Math.random() * consumers.length), messages });
    }
    let lowest = 100;
    const sample = async () => {
      const { rows } = await db.admin.query<{ least: number }>(
        'SELECT min(available) AS least FROM stock_items',
      );
      lowest = Math.min(lowest, rows[0]?.least ?? 0);
    };
    await Promise.all(
      batches.map(async ({ to, messages }) => {
        await consumers[to]?.consume(messages);
        await sample();
      }),
    );
    expect(lowest).toBe(0);

    const results = new Map(
      consumers.flatMap(({ sent }) => sent).map((result) => [result.messageId, result]),
    );
    const outcomes = [...results.values()].map(({ outcome }) => outcome);
    expect(outcomes.filter((outcome) => outcome === 'SUCCEEDED')).toHaveLength(100);
    expect(outcomes.filter((outcome) => outcome === 'REJECTED')).toHaveLength(200);
    const { stock, movements, reservations, inbox } = await db.snapshot();
    expect(stock).toEqual({ KEYBOARD: 0 });
    expect(movements.filter(({ kind }) => kind === 'DEDUCT')).toHaveLength(100);
    expect([reservations.size, inbox.size]).toEqual([300, 300]);
    for (const { sent } of consumers) {
      for (const { messageId, orderId, ...result } of sent) expect(inbox.get(messageId)).toEqual(result);
    }
  });

  it('reports a stall while another session holds the stock, and recovers by itself', async () => {
    await db.stock({ KEYBOARD: 1 });
    let nowMs = 0;
    const database = db.connectConsumer({ statement_timeout: '300' });
    const { consume, stallDetector } = startConsumer(database, () => nowMs);
    const placement = toInbound(aPlacement({ KEYBOARD: 1 }));
    const held = await db.lock('LOCK TABLE stock_items IN ACCESS EXCLUSIVE MODE');
    for (let attempt = 0; attempt < 4; attempt += 1) {
      const waiting = consume([placement]);
      waiting.catch(() => {});
      await db.untilWaiting(1);
      nowMs += 10_000;
      await expect(waiting).rejects.toThrow();
    }
    expect(stallDetector.stallReason()).toMatch(/^a batch: failing for 40 s/);
    await held.release();
    await consume([placement]);
    expect(stallDetector.stallReason()).toBeNull();
  });
});
