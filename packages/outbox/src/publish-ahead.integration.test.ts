import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BEGINNING } from './claim-scan.js';
import {
  aMessage,
  createOutboxDatabase,
  type OutboxDatabase,
  someMessages,
  until,
} from './order-database.fixture.js';
import { createTestLoop } from './publish-loop.fixture.js';
import type { PublishLoopOptions } from './publish-loop.js';
import { acknowledged, createScriptedPublisher } from './scripted-publisher.fixture.js';
import type { Sql } from './sql.js';

let db: OutboxDatabase;
beforeAll(async () => {
  db = await createOutboxDatabase();
});
beforeEach(() => db.empty());
afterAll(() => db.close());

/** Runs `before` at the first record, when the claim of the next batch has been answered. */
function holdFirstRecord(before: () => unknown): Sql {
  let claims = 0;
  let records = 0;
  return {
    async $queryRawUnsafe<T>(query: string, ...values: unknown[]) {
      const rows = await db.relay.$queryRawUnsafe<T>(query, ...values);
      claims += 1;
      return rows;
    },
    async $executeRawUnsafe(query, ...values) {
      records += 1;
      if (records === 1) {
        await until('the next batch is claimed', () => claims === 2);
        await before();
      }
      return db.relay.$executeRawUnsafe(query, ...values);
    },
  };
}

const toIds = (messages: readonly { readonly id: string }[]) => messages.map(({ id }) => id);

describe('the claim of the next batch while the last one is recorded', () => {
  it('is followed by one that finds later messages of the keys that were not recorded yet', async () => {
    const publisher = createScriptedPublisher();
    const { loop, events } = createTestLoop(db.relay, publisher, {
      sql: holdFirstRecord(() => {}),
      batchSize: 2,
    });
    const key = randomUUID();
    const messages = [aMessage({ key }), aMessage(), aMessage({ key })];
    for (const message of messages) await db.write([message]);
    loop.wake();
    await until('all are sent', () => publisher.sent.length === 3);
    await loop.stop();
    expect(toIds(publisher.sent)).toEqual(toIds(messages));
    expect(events).toEqual(['batch of 2', 'batch of 1']);
    expect(await db.statuses()).toEqual({ PUBLISHED: 3 });
  });

  it.each([
    ['succeeds', 2],
    ['fails', 0],
  ])('is released if the loop stops meanwhile and the record %s', async (outcome, published) => {
    const publisher = createScriptedPublisher();
    let stopped: Promise<void> | undefined;
    const sql = holdFirstRecord(() => {
      stopped = loop.stop();
      if (outcome === 'fails') throw new Error('connection lost');
    });
    const { loop } = createTestLoop(db.relay, publisher, { sql, batchSize: 2 });
    await db.write(someMessages(6));
    loop.wake();
    await until('it stops', () => stopped !== undefined);
    await stopped;
    expect(publisher.sent).toHaveLength(2);
    const messages = await db.messages();
    expect(messages.filter(({ status }) => status === 'PUBLISHED')).toHaveLength(published);
    // The leases of messages that were sent but not recorded expire.
    expect(messages.slice(2).map(({ lease_token }) => lease_token)).toEqual(Array(4).fill(null));
  });

  it('is published although recording the last one failed', async () => {
    const publisher = createScriptedPublisher();
    const sql = holdFirstRecord(() => {
      throw new Error('connection lost');
    });
    const { loop, events } = createTestLoop(db.relay, publisher, { sql, batchSize: 2 });
    await db.write(someMessages(6));
    loop.wake();
    await until('all others are recorded', async () => (await db.statuses()).PUBLISHED === 4);
    await loop.stop();
    expect(events).toContain('database failed');
    expect(publisher.sent).toHaveLength(6);
    expect(await db.statuses()).toEqual({ PUBLISHED: 4, PENDING: 2 });
  });

  it('is claimed anew if recording the last one took a second', async () => {
    const publisher = createScriptedPublisher();
    const startedAt = performance.now();
    const sql = holdFirstRecord(() => until('the lease is old', () => performance.now() - startedAt > 1_500));
    const tokens: string[] = [];
    const newToken = () => tokens[tokens.push(randomUUID()) - 1] as string;
    const claimsAtPublish: number[] = [];
    publisher.script = () => {
      claimsAtPublish.push(tokens.length);
      return acknowledged;
    };
    const options = { sql, batchSize: 2, newToken };
    const { loop } = createTestLoop(db.relay, publisher, options);
    await db.write(someMessages(4));
    loop.wake();
    await until('all are recorded', async () => (await db.statuses()).PUBLISHED === 4);
    await loop.stop();
    // The first claim, the one ahead and the one anew.
    expect(claimsAtPublish).toEqual([1, 1, 3, 3]);
  });

  it('does not take over the messages of the last one, whose leases have expired', async () => {
    const publisher = createScriptedPublisher();
    publisher.script = async () => {
      await db.expireLeases();
      await until('a second is over', () => performance.now() - startedAt > 1_100);
      return acknowledged;
    };
    const { loop } = createTestLoop(db.relay, publisher, { batchSize: 2, leaseSeconds: 1 });
    await db.write(someMessages(2));
    const startedAt = performance.now();
    loop.wake();
    await until('both are recorded', async () => (await db.statuses()).PUBLISHED === 2);
    await loop.stop();
    expect(publisher.sent).toHaveLength(2);
  });
});

it('wakes the loop for a complete claim that is owed, if none was made meanwhile', async () => {
  const publisher = createScriptedPublisher();
  let claims = 0;
  const scan: PublishLoopOptions['scan'] = {
    claim(claim) {
      claims += 1;
      return claim(
        claims === 1 ? { ...BEGINNING, seq: 1_000_000n, newFirst: true } : { ...BEGINNING, newFirst: true },
      );
    },
    completeInMs: () => (claims === 1 ? 250 : null),
  };
  const { loop, pauses } = createTestLoop(db.relay, publisher, { scan });
  await db.write([aMessage()]);
  loop.wake();
  await until('it is sent', () => publisher.sent.length === 1);
  await loop.stop();
  expect(pauses).toEqual([250]);
});
