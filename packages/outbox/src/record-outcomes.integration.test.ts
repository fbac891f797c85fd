import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { claimBatch } from './claim-batch.js';
import { completeMessages } from './complete-messages.js';
import type { NewMessage } from './message.js';
import {
  aMessage,
  createOutboxDatabase,
  type OutboxDatabase,
  someMessages,
  someTimes,
} from './order-database.fixture.js';
import { markDead, markPublished, postpone, releaseLeases, scheduleRetry } from './record-outcomes.js';

let db: OutboxDatabase;
beforeAll(async () => {
  db = await createOutboxDatabase();
});
beforeEach(() => db.empty());
afterAll(() => db.close());

async function claimWithNewToken(): Promise<string> {
  const token = randomUUID();
  await claimBatch(db.relay, { batchSize: 500, leaseSeconds: 60, token });
  return token;
}

const complete = (messages: readonly NewMessage[]) =>
  db.order.$transaction((tx) =>
    completeMessages(
      tx,
      messages.map(({ id, key }) => ({
        messageId: id,
        key,
        outcome: 'SUCCEEDED',
        processedAt: new Date().toISOString(),
      })),
    ),
  );

/** Attempts every write that a lease owner can make. Returns how many rows each changed. */
async function writeAll(token: string, { id }: NewMessage): Promise<number[]> {
  return [
    await markPublished(db.relay, token, someTimes, [{ id, attempt: 1, delayMs: 1 }]),
    await scheduleRetry(db.relay, token, [{ id, delayMs: 3_600_000, reason: 'stale' }]),
    await markDead(db.relay, token, [{ id, reason: 'stale' }]),
    await releaseLeases(db.relay, token, [id]),
  ];
}

async function rowVersions(): Promise<unknown[]> {
  const { rows } = await db.admin.query('SELECT m.xmin::text, m.* FROM outbox_messages m ORDER BY seq');
  return rows;
}

describe('shipped bug 3: a stale owner overwrites', () => {
  it('changes nothing after the lease was taken over or used, or the message was COMPLETED', async () => {
    const key = randomUUID();
    const [message, follower] = [aMessage({ key }), aMessage({ key })];
    await db.write([message, follower]);
    const stale = await claimWithNewToken();
    await db.expireLeases();
    const owner = await claimWithNewToken();

    async function expectStaleToTouchNothing() {
      const before = await rowVersions();
      expect(await writeAll(stale, message)).toEqual([0, 0, 0, 0]);
      expect(await rowVersions()).toEqual(before);
    }

    await expectStaleToTouchNothing();
    expect(
      await markPublished(db.relay, owner, someTimes, [{ id: message.id, attempt: 1, delayMs: 60_000 }]),
    ).toBe(1);
    await expectStaleToTouchNothing();
    await complete([message]);
    await expectStaleToTouchNothing();
    expect(await db.statuses()).toEqual({ COMPLETED: 1, PENDING: 1 });
  });

  it('never overwrites a result that arrived during the lease', async () => {
    const message = aMessage();
    await db.write([message]);
    const token = await claimWithNewToken();
    await complete([message]);
    const before = await db.message(message.id);
    expect(await writeAll(token, message)).toEqual([0, 0, 0, 0]);
    const { claimedAt, publishedAt } = someTimes;
    const publication = { attempts: 1, claimed_at: claimedAt, published_at: publishedAt };
    const { due_in_ms: _before, ...unchanged } = before;
    expect(await db.message(message.id)).toMatchObject({ ...unchanged, ...publication, status: 'COMPLETED' });
  });

  it('waits for a result that is being written and does not overwrite it', async () => {
    const message = aMessage();
    await db.write([message]);
    const token = await claimWithNewToken();
    const mark = await db.whileLocked(message.id, 2, async () => {
      const completion = complete([message]);
      // Ensures that the result is first in the row's lock queue.
      await expect.poll(async () => (await waiting()).length, { timeout: 10_000 }).toBe(1);
      const marked = markPublished(db.relay, token, someTimes, [{ id: message.id, attempt: 1, delayMs: 1 }]);
      await completion;
      return marked;
    });
    expect(mark).toBe(0);
    expect((await db.message(message.id)).status).toBe('COMPLETED');
  });

  it('still records a publication after its lease expired, if no other relay took it over', async () => {
    const message = aMessage();
    await db.write([message]);
    const token = await claimWithNewToken();
    await db.expireLeases();
    expect(
      await markPublished(db.relay, token, someTimes, [{ id: message.id, attempt: 1, delayMs: 1 }]),
    ).toBe(1);
  });

  const waiting = async () =>
    (
      await db.admin.query(
        `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      )
    ).rows;
});

describe('a result that overtakes the record of its publication', () => {
  it('leaves only the publication to record, once and without waiting for a lock', async () => {
    const messages = someMessages(4);
    const [completed, failed, locked, published] = messages.map(({ id }) => id);
    await db.write(messages);
    const token = await claimWithNewToken();
    await complete(messages.slice(0, 3));
    await db.admin.query(`UPDATE outbox_messages SET status = 'DEAD', completed_at = NULL WHERE id = $1`, [
      failed,
    ]);
    const rows = messages.map(({ id }, at) => ({
      id,
      attempt: 1,
      delayMs: 1,
      position: `order-events/0@${at}`,
    }));
    const mark = () => markPublished(db.relay, token, someTimes, rows);

    const lock = `SELECT 1 FROM outbox_messages WHERE id = '${locked}' FOR UPDATE`;
    expect(await db.whileOpen(lock, mark)).toBe(1);

    const recorded = { attempts: 1, claimed_at: someTimes.claimedAt, published_at: someTimes.publishedAt };
    expect(await db.messages()).toMatchObject([
      { id: completed, status: 'COMPLETED', broker_position: 'order-events/0@0', ...recorded },
      { id: failed, status: 'DEAD', broker_position: 'order-events/0@1', ...recorded },
      { id: locked, status: 'COMPLETED', broker_position: null, attempts: 0 },
      { id: published, status: 'PUBLISHED', broker_position: 'order-events/0@3', ...recorded },
    ]);
    expect(await mark()).toBe(0);
    expect((await db.messages()).map(({ attempts }) => attempts)).toEqual([1, 1, 1, 1]);
  });
});

describe('a relay and a callback that write the same messages', () => {
  it.each([
    [
      'markPublished',
      (sql, token, rows) =>
        markPublished(
          sql,
          token,
          someTimes,
          rows.map((row) => ({ ...row, attempt: 1 })),
        ),
    ],
    ['scheduleRetry', scheduleRetry],
    ['postpone', postpone],
    ['markDead', markDead],
    [
      'releaseLeases',
      (sql, token, rows) =>
        releaseLeases(
          sql,
          token,
          rows.map(({ id }) => id),
        ),
    ],
  ] satisfies [string, typeof scheduleRetry][])(
    'do not deadlock: %s locks its rows in the same order as a callback',
    async (_name, write) => {
      // `seq` is in reverse id order, which can happen when several processes create ids.
      const ids = Array.from({ length: 21 }, () => randomUUID())
        .sort()
        .reverse();
      const messages = ids.map((id) => aMessage({ id }));
      await db.write(messages);
      const token = await claimWithNewToken();
      const rows = ids.map((id) => ({ id, delayMs: 60_000, reason: 'no' }));
      await db.whileLocked(ids[10] ?? '', 2, () =>
        Promise.all([complete(messages), write(db.relay, token, rows)]),
      );
      expect(await db.statuses()).toEqual({ COMPLETED: 21 });
    },
  );
});
