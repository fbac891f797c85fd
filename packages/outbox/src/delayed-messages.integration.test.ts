import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { cancelMessages } from './cancel-messages.js';
import { claimBatch } from './claim-batch.js';
import { createClaimScan } from './claim-scan.js';
import type { NewMessage } from './message.js';
import {
  aMessage,
  createOutboxDatabase,
  type OutboxDatabase,
  someMessages,
} from './order-database.fixture.js';
import { markPublished, releaseLeases } from './record-outcomes.js';

let db: OutboxDatabase;
let scan: ReturnType<typeof createClaimScan>;
beforeAll(async () => {
  db = await createOutboxDatabase();
});
beforeEach(async () => {
  scan = createClaimScan({
    monotonicNow: () => performance.now(),
    completeEveryMs: Number.POSITIVE_INFINITY,
  });
  await db.empty();
});
afterAll(() => db.close());

const decision = { by: 'order-service', reason: 'the order was confirmed' };
const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000);
const toIds = (messages: readonly { readonly id: string }[]) => messages.map(({ id }) => id);
const cancel = (...messages: readonly NewMessage[]) =>
  db.order.$transaction((tx) => cancelMessages(tx, toIds(messages), decision));

/** Claims as a relay does that has claimed before. `complete`: as at its next tick. */
async function claim({ complete = false, token = randomUUID() } = {}): Promise<string[]> {
  if (complete) scan.requestComplete();
  const { messages } = await claimBatch(db.relay, { batchSize: 500, leaseSeconds: 60, token, scan });
  return toIds(messages);
}

describe('a delayed message', () => {
  it('is claimed when its time has come, not before', async () => {
    const message = aMessage({ availableAt: inHours(1) });
    await db.write([message]);
    expect((await db.message(message.id)).due_in_ms).toBeGreaterThan(3_590_000);
    expect(await claim({ complete: true })).toEqual([]);
    await db.makeDue();
    expect(await claim()).toEqual([message.id]);
  });

  it('keeps its place among the messages of its key, and delays no other key', async () => {
    const key = randomUUID();
    const [before, delayed, after, other] = [
      aMessage({ key }),
      aMessage({ key, availableAt: inHours(1) }),
      aMessage({ key }),
      aMessage(),
    ];
    await db.write([before, delayed, after, other]);
    const token = randomUUID();
    expect(await claim({ token })).toEqual([before.id, other.id]);
    const times = { claimedAt: new Date(), publishedAt: new Date() };
    const publications = [before, other].map(({ id }) => ({ id, attempt: 1, delayMs: 3_600_000 }));
    await markPublished(db.relay, token, times, publications);
    expect(await claim({ complete: true })).toEqual([]);
    await db.makeDue(key);
    const due = await claim({ complete: true });
    expect(due.filter((id) => id !== before.id)).toEqual([delayed.id, after.id]);
  });

  it('is due at once if its time is past, even for a relay that reads only new messages', async () => {
    await claim({ complete: true });
    const message = aMessage({ availableAt: inHours(-1) });
    await db.write([message]);
    expect(await claim()).toEqual([message.id]);
  });

  it('is refused if its time is no date', async () => {
    await expect(db.write([aMessage({ availableAt: new Date('soon') })])).rejects.toThrow(
      /availableAt .* no date/,
    );
    expect(await db.messages()).toEqual([]);
  });
});

describe('cancelling messages', () => {
  it('takes back delayed and due messages, with the decision on record', async () => {
    const messages = [aMessage({ availableAt: inHours(1) }), aMessage()];
    await db.write(messages);
    expect((await cancel(...messages)).sort()).toEqual(toIds(messages).sort());
    expect(await db.statuses()).toEqual({ DISCARDED: 2 });
    for (const { history } of await db.messages())
      expect(history).toEqual([{ at: expect.any(String), event: 'discarded', ...decision }]);
    await db.makeDue();
    expect(await claim({ complete: true })).toEqual([]);
  });

  it('changes nothing twice, and nothing that is claimed, published, finished or unknown', async () => {
    const [claimed, ...others] = someMessages(5) as [NewMessage, ...NewMessage[]];
    await db.write([claimed]);
    await claim();
    await db.write(others);
    const set = (index: number, status: string) =>
      db.admin.query(
        `UPDATE outbox_messages SET status = $2::text,
        completed_at = CASE WHEN $2 = 'COMPLETED' THEN now() END WHERE id = $1`,
        [others[index]?.id, status],
      );
    await Promise.all([set(0, 'PUBLISHED'), set(1, 'COMPLETED'), set(2, 'DEAD')]);
    const last = others[3] as NewMessage;
    expect(await cancel(claimed, ...others, aMessage())).toEqual([last.id]);
    expect(await cancel(last)).toEqual([]);
    expect(await cancel()).toEqual([]);
    expect(await db.statuses()).toEqual({ PENDING: 1, PUBLISHED: 1, COMPLETED: 1, DEAD: 1, DISCARDED: 1 });
  });

  it('is undone with the transaction, and a claim skips the message meanwhile', async () => {
    const message = aMessage();
    await db.write([message]);
    const undone = db.order.$transaction(async (tx) => {
      expect(await cancelMessages(tx, [message.id], decision)).toEqual([message.id]);
      expect(await claim({ complete: true })).toEqual([]);
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    expect(await claim({ complete: true })).toEqual([message.id]);
  });

  it('waits for a claim that is not committed yet, and then leaves the message alone', async () => {
    const message = aMessage();
    await db.write([message]);
    let cancelled: Promise<string[]> | undefined;
    await db.relay.$transaction(async (tx) => {
      await tx.$executeRawUnsafe(
        `UPDATE outbox_messages SET lease_token = gen_random_uuid(), leased_until = now() + interval '1 minute'`,
      );
      cancelled = cancel(message);
      await db.untilWaiting(1);
    });
    expect(await cancelled).toEqual([]);
    expect(await db.statuses()).toEqual({ PENDING: 1 });
  });

  it('is possible again after the relay has released its claim', async () => {
    const message = aMessage();
    await db.write([message]);
    const token = randomUUID();
    await claim({ token });
    expect(await cancel(message)).toEqual([]);
    await releaseLeases(db.relay, token, [message.id]);
    expect(await cancel(message)).toEqual([message.id]);
  });

  it('releases the later messages of the key at once', async () => {
    const key = randomUUID();
    const [delayed, later] = [aMessage({ key, availableAt: inHours(1) }), aMessage({ key })];
    await db.write([delayed, later]);
    expect(await claim()).toEqual([]);
    await cancel(delayed);
    expect(await claim({ complete: true })).toEqual([later.id]);
  });
});
