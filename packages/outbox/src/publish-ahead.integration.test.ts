import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  aMessage,
  createOutboxDatabase,
  type OutboxDatabase,
  someMessages,
  until,
} from './order-database.fixture.js';
import { createTestLoop } from './publish-loop.fixture.js';
import { createScriptedPublisher } from './scripted-publisher.fixture.js';
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

  it('is published if the loop stops meanwhile', async () => {
    const publisher = createScriptedPublisher();
    let stopped: Promise<void> | undefined;
    const sql = holdFirstRecord(() => {
      stopped = loop.stop();
    });
    const { loop } = createTestLoop(db.relay, publisher, { sql, batchSize: 2 });
    await db.write(someMessages(6));
    loop.wake();
    await until('it stops', () => stopped !== undefined);
    await stopped;
    expect(await db.statuses()).toEqual({ PUBLISHED: 4, PENDING: 2 });
    expect((await db.messages()).map(({ lease_token }) => lease_token)).toEqual(Array(6).fill(null));
  });

  it('is not published if recording fails, until its leases expire', async () => {
    const publisher = createScriptedPublisher();
    const sql = holdFirstRecord(() => {
      throw new Error('connection lost');
    });
    const { loop, events } = createTestLoop(db.relay, publisher, { sql, batchSize: 2 });
    await db.write(someMessages(6));
    loop.wake();
    await until('the free messages are sent', () => publisher.sent.length === 4);
    await loop.stop();
    expect(events).toContain('database failed');
    expect(await db.statuses()).toEqual({ PUBLISHED: 2, PENDING: 4 });
    const messages = await db.messages();
    expect(messages.filter(({ lease_token }) => lease_token !== null)).toHaveLength(4);
  });
});
