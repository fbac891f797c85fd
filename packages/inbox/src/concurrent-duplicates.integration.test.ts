import type { InventoryDatabase } from '@lmt/prisma-inventory';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { IdentifiedMessage } from './consume-once.js';
import {
  aMessage,
  consumeAndHold,
  consumeWith,
  onlyApplied,
  someMessages,
  toIds,
  toResult,
} from './consumers.fixture.js';
import { createInboxDatabase, type InboxDatabase } from './inbox-database.fixture.js';

let db: InboxDatabase;
let consumer: InventoryDatabase;
let other: InventoryDatabase;
beforeAll(async () => {
  db = await createInboxDatabase();
  consumer = db.connect();
  other = db.connect();
});
beforeEach(() => db.empty());
afterAll(() => db.close());

const consume = (messages: readonly IdentifiedMessage[], by?: string, database = consumer) =>
  consumeWith(database, messages, by);

describe('shipped bug 15: a duplicate that arrives while the first is being processed', () => {
  it('waits for the first delivery and returns its result', async () => {
    const message = aMessage();
    const first = await consumeAndHold(consumer, [message]);
    const second = consume([message], 'second', other);
    await db.untilWaiting(1);
    await first.commit();
    expect(await second).toEqual([
      { kind: 'applied', message, result: toResult(message), duplicates: 1, fresh: false },
    ]);
    expect(await db.effects()).toEqual([message.id]);
  });

  it('applies the message itself if the first delivery rolls back', async () => {
    const message = aMessage();
    const first = await consumeAndHold(consumer, [message]);
    const second = consume([message], 'second', other);
    await db.untilWaiting(1);
    await first.rollback();
    const result = toResult(message, 'second');
    expect(await second).toEqual([{ kind: 'applied', message, result, duplicates: 0, fresh: true }]);
    expect(await db.effects()).toEqual([message.id]);
    expect(await db.inbox()).toEqual(new Map([[message.id, result]]));
  });

  it('recognises the duplicate in a batch that also has new messages', async () => {
    const [shared, mine] = [aMessage(), aMessage()];
    const first = await consumeAndHold(consumer, [shared]);
    const second = consume([mine, shared], 'second', other);
    await db.untilWaiting(1);
    await first.commit();
    expect(onlyApplied(await second).map(({ fresh }) => fresh)).toEqual([true, false]);
    expect(await db.effects()).toEqual([shared.id, mine.id].sort());
  });

  it('does not deadlock when two batches have the same messages in opposite order', async () => {
    const messages = someMessages(21).sort((a, b) => (a.id < b.id ? -1 : 1));
    const middle = messages[10]?.id;
    // Each batch already holds the locks of its own half when both reach the middle message.
    const gate = await db.admin.connect();
    await gate.query('BEGIN');
    await gate.query(`INSERT INTO inbox_messages (id, type, key) VALUES ($1, 'x', $1)`, [middle]);
    const both = Promise.all([consume(messages), consume(messages.toReversed(), 'second', other)]);
    both.catch(() => {});
    await db.untilWaiting(2);
    await gate.query('ROLLBACK');
    gate.release();
    const freshCounts = (await both).map(
      (consumed) => onlyApplied(consumed).filter(({ fresh }) => fresh).length,
    );
    expect(freshCounts.sort((a, b) => a - b)).toEqual([0, 21]);
    expect(await db.effects()).toEqual(toIds(messages));
  });

  it('applies each message once, however many consumers there are', async () => {
    const messages = someMessages(40);
    const consumed = await Promise.all(
      Array.from({ length: 8 }, (_, index) => {
        const rotated = [...messages.slice(index * 5), ...messages.slice(0, index * 5)];
        return consume(rotated, String(index), index % 2 === 0 ? consumer : other);
      }),
    );
    expect(onlyApplied(consumed.flat()).filter(({ fresh }) => fresh)).toHaveLength(40);
    expect(await db.effects()).toEqual(toIds(messages).sort());
    const stored = await db.inbox();
    for (const { message, result } of onlyApplied(consumed.flat()))
      expect(result).toEqual(stored.get(message.id));
  });
});
