import type { InventoryDatabase } from '@lmt/prisma-inventory';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { consumeOnce, type IdentifiedMessage } from './consume-once.js';
import {
  aMessage,
  consumeWith,
  onlyApplied,
  someMessages,
  takeEffect,
  toIds,
  toResult,
} from './consumers.fixture.js';
import { createInboxDatabase, type InboxDatabase } from './inbox-database.fixture.js';

let db: InboxDatabase;
let consumer: InventoryDatabase;
beforeAll(async () => {
  db = await createInboxDatabase();
  consumer = db.connect();
});
beforeEach(() => db.empty());
afterAll(() => db.close());

const consume = (messages: readonly IdentifiedMessage[], by?: string, database = consumer) =>
  consumeWith(database, messages, by);

describe('consuming a batch once', () => {
  it('applies new messages in order and stores their results', async () => {
    const messages = someMessages(3);
    const seen: string[] = [];
    const consumed = await consumer.$transaction((tx) =>
      consumeOnce(tx, messages, async (fresh) => {
        seen.push(...toIds(fresh));
        return fresh.map((message) => toResult(message));
      }),
    );
    expect(seen).toEqual(toIds(messages));
    expect(consumed).toEqual(
      messages.map((message) => ({
        kind: 'applied',
        message,
        result: toResult(message),
        duplicates: 0,
        fresh: true,
      })),
    );
    expect(await db.inbox()).toEqual(new Map(messages.map((message) => [message.id, toResult(message)])));
  });

  it('does not apply a redelivered message again, but returns its stored result', async () => {
    const [known, fresh] = [aMessage(), aMessage()];
    await consume([known]);
    const consumed = await consume([fresh, known], 'second');
    expect(consumed).toEqual([
      { kind: 'applied', message: fresh, result: toResult(fresh, 'second'), duplicates: 0, fresh: true },
      { kind: 'applied', message: known, result: toResult(known, 'first'), duplicates: 1, fresh: false },
    ]);
    expect(await db.effects()).toEqual(toIds([known, fresh]).sort());
  });

  it('returns one answer for a message that is in the batch twice, and counts the copies', async () => {
    const [twice, known] = [aMessage(), aMessage()];
    await consume([known]);
    const consumed = await consume([known, twice, known, twice, twice]);
    expect(
      onlyApplied(consumed).map(({ message, duplicates, fresh }) => [message.id, duplicates, fresh]),
    ).toEqual([
      [known.id, 2, false],
      [twice.id, 2, true],
    ]);
    expect(await db.effects()).toEqual([known.id, twice.id].sort());
  });

  it('does not call the effect for an empty batch or a batch without new messages', async () => {
    const messages = someMessages(2);
    await consume(messages);
    const never = () => Promise.reject(new Error('called'));
    const consumed = await consumer.$transaction((tx) => consumeOnce(tx, messages, never));
    expect(onlyApplied(consumed).map(({ fresh }) => fresh)).toEqual([false, false]);
    expect(await consumer.$transaction((tx) => consumeOnce(tx, [], never))).toEqual([]);
  });

  it('returns every JSON result unchanged, including null', async () => {
    const results = [null, 0, '', 'text', [1, { a: null }], { nested: { 你好: true } }];
    const messages = someMessages(results.length);
    await consumer.$transaction((tx) => consumeOnce(tx, messages, async () => results));
    const again = await consumer.$transaction((tx) => consumeOnce(tx, messages, async () => []));
    expect(onlyApplied(again).map(({ result }) => result)).toEqual(results);
  });

  it('throws for an id that Postgres would return in another form, instead of losing the message', async () => {
    const message = aMessage('AAAAAAAA-AAAA-4AAA-8AAA-AAAAAAAAAAAA');
    await expect(consume([message])).rejects.toThrow(/neither new nor known/);
    expect(await db.inbox()).toEqual(new Map());
  });
});

describe('other-key: an id that two messages share', () => {
  const usedBy = ({ type, key }: IdentifiedMessage) => ({ type, key });

  it('belongs to the stored message, and the other message has no effect', async () => {
    const first = aMessage();
    await consume([first]);
    const other = aMessage(first.id);
    const fresh = aMessage();
    const consumed = await consume([other, fresh, other, first]);
    expect(consumed).toMatchObject([
      { kind: 'conflict', message: other, usedBy: usedBy(first) },
      { kind: 'applied', message: fresh, fresh: true },
      { kind: 'applied', message: first, fresh: false, duplicates: 1 },
    ]);
    expect(await db.effects()).toEqual([first.id, fresh.id].sort());
  });

  it('belongs to the first message of the batch if neither message is stored', async () => {
    const first = aMessage();
    const other = { ...first, type: 'order.cancelled.v1' };
    expect(await consume([first, other])).toMatchObject([
      { kind: 'applied', message: first, fresh: true, duplicates: 0 },
      { kind: 'conflict', message: other, usedBy: usedBy(first) },
    ]);
    expect(await db.effects()).toEqual([first.id]);
  });
});

describe('an effect that fails', () => {
  it('leaves neither inbox rows nor a partial effect', async () => {
    const messages = someMessages(2);
    const failing = consumer.$transaction((tx) =>
      consumeOnce(tx, messages, async (fresh) => {
        await takeEffect(tx, fresh);
        throw new Error('no');
      }),
    );
    await expect(failing).rejects.toThrow('no');
    expect([await db.inbox(), await db.effects()]).toEqual([new Map(), []]);
    expect(onlyApplied(await consume(messages)).every(({ fresh }) => fresh)).toBe(true);
  });

  it.each([0, 1, 3])('includes an effect that returns %i results for 2 messages', async (count) => {
    const failing = consumer.$transaction((tx) =>
      consumeOnce(tx, someMessages(2), async (fresh) => {
        await takeEffect(tx, fresh);
        return Array.from({ length: count }, () => ({}));
      }),
    );
    await expect(failing).rejects.toThrow(`the effect returned ${count} results for 2 messages`);
    expect([await db.inbox(), await db.effects()]).toEqual([new Map(), []]);
  });
});

describe('shipped bug 9: a server that speaks another language', () => {
  /** Returns some languages that this server supports. C is always available. */
  async function languages(): Promise<string[]> {
    const { rows } = await db.admin.query<{ name: string }>(
      `SELECT DISTINCT collcollate AS name FROM pg_collation WHERE collprovider = 'c' AND collcollate ~ '^(de|fr|ja|zh)_'`,
    );
    return ['C', ...rows.slice(0, 4).map(({ name }) => name)];
  }

  it('still recognises duplicates, and the transaction stays usable', async () => {
    const { rows } = await db.admin.query<{ name: string }>('SELECT current_database() AS name');
    for (const language of await languages()) {
      const message = aMessage();
      await consume([message]);
      await db.admin.query(`ALTER DATABASE ${rows[0]?.name} SET lc_messages = '${language}'`);
      const consumed = await db.connect().$transaction(async (tx) => {
        const [setting] = await tx.$queryRawUnsafe<{ value: string }[]>(
          `SELECT current_setting('lc_messages') AS value`,
        );
        expect(setting?.value).toBe(language);
        const answers = await consumeOnce(tx, [message, aMessage()], async (fresh) => fresh);
        // In an aborted transaction, this statement would fail with 25P02.
        await tx.$queryRawUnsafe('SELECT 1');
        return answers;
      });
      expect(onlyApplied(consumed).map(({ fresh }) => fresh)).toEqual([false, true]);
    }
  });
});

describe('the cost of a message', () => {
  it('reads one inbox row per message, however many rows there are', async () => {
    await db.admin.query(`INSERT INTO inbox_messages (id, type, key)
      SELECT gen_random_uuid(), 'order.placed.v1', gen_random_uuid() FROM generate_series(1, 20000)`);
    await db.admin.query('ANALYZE inbox_messages');
    // Sessions of other applications may allow sequential scans.
    const database = db.connect({ enable_seqscan: 'on' });
    const [scans] = await database.$transaction(async (tx) => {
      await consumeOnce(tx, [aMessage()], async (fresh) => fresh);
      return tx.$queryRawUnsafe<{ rows: number }[]>(
        `SELECT seq_tup_read::int AS rows FROM pg_stat_xact_user_tables WHERE relname = 'inbox_messages'`,
      );
    });
    expect(scans?.rows).toBe(0);
  });
});
