import { randomUUID } from 'node:crypto';
import { messageResultsRequest, ORDER_CANCELLED } from '@lmt/contracts';
import type { InboundMessage } from '@lmt/messaging';
import type { SqlClient } from '@lmt/postgres';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  aCancellation,
  aPlacement,
  createInventoryTestDatabase,
  type InventoryTestDatabase,
  toInbound,
} from '../inventory.fixture.js';
import { NOW, startConsumer } from './consumer.fixture.js';

let db: InventoryTestDatabase;
let inventory: SqlClient;
beforeAll(async () => {
  db = await createInventoryTestDatabase();
  inventory = db.connectConsumer();
});
beforeEach(() => db.empty());
afterEach(async () => expect(await db.inconsistencies()).toEqual([]));
afterAll(() => db.close());

describe('a message id that another record has already used', () => {
  const times = { receivedAt: NOW, processedAt: NOW };
  const own = () => aPlacement({ KEYBOARD: 7 });
  type Placement = ReturnType<typeof own>;
  const foreign = ({ id }: Placement) => aPlacement({ KEYBOARD: 1 }, { id });

  it.each([
    ['in an earlier batch', (first: InboundMessage, second: InboundMessage) => [[first], [second]]],
    ['in the same batch', (first: InboundMessage, second: InboundMessage) => [[first, second]]],
  ])('other-key: fails the order whose id was used for another order %s', async (_name, toBatches) => {
    await db.stock({ KEYBOARD: 10 });
    const { consume, sent, counted, log } = startConsumer(inventory);
    const order = own();
    const other = foreign(order);
    for (const batch of toBatches(toInbound(other), toInbound(order))) await consume(batch);

    expect(sent).toEqual([
      { messageId: order.id, orderId: other.key, outcome: 'SUCCEEDED', ...times },
      {
        messageId: order.id,
        orderId: order.key,
        outcome: 'FAILED',
        reason: `its message id was already used for key ${other.key} (order.placed.v1)`,
        ...times,
      },
    ]);
    expect(messageResultsRequest.safeParse({ results: sent }).error).toBeUndefined();
    const { stock, reservations } = await db.snapshot();
    expect(stock).toEqual({ KEYBOARD: 9 });
    expect([...reservations.keys()]).toEqual([other.key]);
    expect(await counted()).toEqual({ succeeded: 1, failed: 1 });
    expect(log).toContainEqual(
      expect.objectContaining({
        level: 'error',
        messageId: order.id,
        orderId: order.key,
        usedFor: other.key,
      }),
    );
  });

  it('other-key: fails a message whose id was used for another type', async () => {
    await db.stock({ KEYBOARD: 10 });
    const { consume, sent } = startConsumer(inventory);
    const order = own();
    await consume([toInbound(aCancellation(order.key, order.id)), toInbound(order)]);
    expect(sent.map(({ outcome, reason }) => [outcome, reason])).toEqual([
      ['SUCCEEDED', undefined],
      ['FAILED', `its message id was already used for key ${order.key} (${ORDER_CANCELLED})`],
    ]);
  });

  it('other-key: sends the stored result for each copy with the same key and type', async () => {
    await db.stock({ KEYBOARD: 10 });
    const { consume, sent, counted } = startConsumer(inventory);
    const order = own();
    const other = foreign(order);
    await consume([order, other, order, other].map(toInbound));
    await consume([toInbound(order)]);
    expect(sent.map(({ orderId, outcome }) => [orderId === order.key, outcome])).toEqual([
      [true, 'SUCCEEDED'],
      [false, 'FAILED'],
      [true, 'SUCCEEDED'],
    ]);
    expect(await counted()).toEqual({ succeeded: 1, failed: 1, duplicate: 2 });
    expect((await db.snapshot()).stock).toEqual({ KEYBOARD: 3 });
  });
});

describe('a message type that this version does not know', () => {
  const minutesOld = (minutes: number) => new Date(new Date(NOW).getTime() - minutes * 60_000).toISOString();
  const unknown = (type: string, time: string | null): InboundMessage => ({
    ...toInbound(aPlacement({ KEYBOARD: 1 })),
    type,
    headers: time === null ? {} : { ce_time: time },
  });

  it.each(['order.placed.v2', 'order.split.v1'])(
    'unknown-type: gets no result while a newer consumer may know %s, and other messages are processed',
    async (type) => {
      await db.stock({ KEYBOARD: 5 });
      const { consume, sent, counted, log } = startConsumer(inventory);
      const known = aPlacement({ KEYBOARD: 1 });
      const batch = [unknown(type, minutesOld(14)), toInbound(known), unknown(type, minutesOld(-1))];
      expect(await consume(batch)).toEqual([]);
      expect(sent.map(({ messageId }) => messageId)).toEqual([known.id]);
      expect(await counted()).toEqual({ succeeded: 1, unsupported: 2 });
      expect((await db.snapshot()).inbox.size).toBe(1);
      const warnings = log.filter(({ level }) => level === 'warn');
      expect(warnings).toEqual([expect.objectContaining({ type, messages: 2 })]);
    },
  );

  it.each([
    ['is older than 15 minutes', minutesOld(16)],
    ['has a time far in the future', minutesOld(-16)],
    ['has no time', null],
    ['has a time that is not a time', 'yesterday'],
  ])('unknown-type: is reported as FAILED if the message %s', async (_name, time) => {
    const { consume, sent, counted } = startConsumer(inventory);
    await consume([unknown('order.split.v1', time)]);
    expect(sent).toMatchObject([{ outcome: 'FAILED', reason: 'unknown message type order.split.v1' }]);
    expect(await counted()).toEqual({ failed: 1 });
  });

  it('unknown-type: is applied by a consumer that knows the type, although an older one skipped it', async () => {
    await db.stock({ KEYBOARD: 5 });
    const { consume, sent } = startConsumer(inventory);
    const message = toInbound(aPlacement({ KEYBOARD: 1 }, { id: randomUUID() }));
    await consume([{ ...message, type: 'order.placed.v2', headers: { ce_time: NOW } }]);
    await consume([message]);
    expect(sent).toMatchObject([{ messageId: message.id, outcome: 'SUCCEEDED' }]);
  });
});
