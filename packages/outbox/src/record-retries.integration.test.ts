import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { claimBatch } from './claim-batch.js';
import {
  aMessage,
  createOutboxDatabase,
  type OutboxDatabase,
  someMessages,
} from './order-database.fixture.js';
import { releaseLeases, scheduleRetry } from './record-outcomes.js';

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

describe('a retry', () => {
  it('postpones the PENDING followers of its key and no other message', async () => {
    const key = randomUUID();
    const [head, follower, later, other] = [
      aMessage({ key }),
      aMessage({ key }),
      aMessage({ key }),
      aMessage(),
    ];
    await db.write([head, follower, later, other]);
    await db.admin.query(`UPDATE outbox_messages SET available_at = now() + '1 hour' WHERE id = $1`, [
      later.id,
    ]);
    const token = await claimWithNewToken();
    await releaseLeases(db.relay, token, [other.id]);
    expect(
      await scheduleRetry(db.relay, token, [{ id: head.id, delayMs: 60_000, reason: 'timed out' }]),
    ).toBe(1);

    const row = await db.message(head.id);
    expect(row).toMatchObject({ status: 'PENDING', attempts: 0, failures: 1, last_error: 'timed out' });
    expect(row.history).toMatchObject([{ event: 'publish-failed', reason: 'timed out' }]);
    expect(row.due_in_ms).toBeGreaterThan(45_000);
    expect(await db.message(follower.id)).toMatchObject({ failures: 0, history: [], last_error: null });
    expect((await db.message(follower.id)).due_in_ms).toBeGreaterThan(45_000);
    expect((await db.message(later.id)).due_in_ms).toBeGreaterThan(3_500_000);
    expect((await db.message(other.id)).due_in_ms).toBeLessThanOrEqual(0);
  });

  it('does not wait for a follower that another transaction has locked', async () => {
    const key = randomUUID();
    const [head, follower] = [aMessage({ key }), aMessage({ key })];
    await db.write([head, follower]);
    const token = await claimWithNewToken();
    const lock = `SELECT 1 FROM outbox_messages WHERE id = '${follower.id}' FOR UPDATE`;
    const retried = await db.whileOpen(lock, () =>
      scheduleRetry(db.relay, token, [{ id: head.id, delayMs: 60_000, reason: 'no' }]),
    );
    expect(retried).toBe(1);
    expect((await db.message(follower.id)).due_in_ms).toBeLessThanOrEqual(0);
  });

  it('of a PUBLISHED message does not postpone the PENDING messages of its key', async () => {
    const key = randomUUID();
    const [published, pending] = [aMessage({ key }), aMessage({ key })];
    await db.write([published, pending]);
    await db.admin.query(`UPDATE outbox_messages SET status = 'PUBLISHED', attempts = 1 WHERE id = $1`, [
      published.id,
    ]);
    const token = await claimWithNewToken();
    await scheduleRetry(db.relay, token, [{ id: published.id, delayMs: 60_000, reason: 'no' }]);
    expect(await db.message(published.id)).toMatchObject({ status: 'PUBLISHED', attempts: 1, failures: 1 });
    expect((await db.message(pending.id)).due_in_ms).toBeLessThanOrEqual(0);
  });
});

describe('the history of a message', () => {
  it('has at most 50 entries, however long it is retried', async () => {
    const [message] = someMessages(1);
    if (message === undefined) return;
    await db.write([message]);
    for (let failure = 1; failure <= 60; failure++) {
      const token = await claimWithNewToken();
      await scheduleRetry(db.relay, token, [{ id: message.id, delayMs: 0, reason: `failure ${failure}` }]);
    }
    const { history, failures } = await db.message(message.id);
    expect(failures).toBe(60);
    expect(history.map((entry) => entry.reason)).toEqual(
      Array.from({ length: 50 }, (_, index) => `failure ${index + 11}`),
    );
  });
});
