import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type AppliedResult, completeMessages, type MessageResult } from './complete-messages.js';
import { findMessage } from './find-messages.js';
import type { NewMessage } from './message.js';
import {
  aMessage,
  claimMessages,
  createOutboxDatabase,
  type OutboxDatabase,
  someMessages,
} from './order-database.fixture.js';
import { createScriptedPublisher, publishDue, publishOptions } from './scripted-publisher.fixture.js';

let db: OutboxDatabase;
beforeAll(async () => {
  db = await createOutboxDatabase();
});
beforeEach(() => db.empty());
afterAll(() => db.close());

const processedAt = '2026-01-01T00:00:00.000Z';
const toResult = (
  { id, key }: Pick<NewMessage, 'id' | 'key'>,
  outcome: MessageResult['outcome'] = 'SUCCEEDED',
  reason?: string,
): MessageResult => ({ messageId: id, key, outcome, reason, processedAt });

const complete = (...results: MessageResult[]): Promise<AppliedResult[]> =>
  db.order.$transaction((tx) => completeMessages(tx, results));
const toStatuses = (answers: readonly AppliedResult[]) => answers.map(({ status }) => status);

async function written(fields?: Partial<NewMessage>): Promise<NewMessage> {
  const message = aMessage(fields);
  await db.write([message]);
  return message;
}

describe('completing messages', () => {
  it.each(['SUCCEEDED', 'REJECTED'] as const)(
    'completes a message with %s and stores the result',
    async (outcome) => {
      const message = await written();
      await claimMessages(db.relay, { batchSize: 1, leaseSeconds: 60, token: randomUUID() });
      const [answer] = await complete(toResult(message, outcome, 'because'));
      expect(answer).toMatchObject({ status: 'applied', type: 'order.placed.v1' });
      expect(await db.message(message.id)).toMatchObject({
        status: 'COMPLETED',
        result: { outcome, reason: 'because', processedAt },
        completed_at: expect.any(Date),
        lease_token: null,
        leased_until: null,
      });
    },
  );

  it('stores the times of the consumer and returns all times of a completed message', async () => {
    const [message, failing] = [await written(), await written()];
    await publishDue(publishOptions(db.relay, createScriptedPublisher()));
    const consumer = { receivedAt: '2026-01-01T00:00:00.001Z', sentAt: '2026-01-01T00:00:00.009Z' };
    const [completed, died, again] = await complete(
      { ...toResult(message), ...consumer },
      toResult(failing, 'FAILED'),
      toResult(message),
    );
    expect((await db.message(message.id)).result).toEqual({ outcome: 'SUCCEEDED', processedAt, ...consumer });
    const found = await findMessage(db.order, message.id);
    expect(completed?.times).toEqual({
      createdAt: found?.createdAt.getTime(),
      claimedAt: found?.claimedAt?.getTime(),
      publishedAt: found?.publishedAt?.getTime(),
      receivedAt: Date.parse(consumer.receivedAt),
      processedAt: Date.parse(processedAt),
      sentAt: Date.parse(consumer.sentAt),
      completedAt: found?.completedAt?.getTime(),
    });
    expect([died, again]).toMatchObject([
      { status: 'applied', times: null },
      { status: 'duplicate', times: null },
    ]);
  });

  it('answers each result in the order given: applied, duplicate, mismatch, unknown', async () => {
    const [a, b, c] = [await written(), await written(), await written()];
    await complete(toResult(b));
    const answers = await complete(
      toResult({ id: randomUUID(), key: 'k' }),
      toResult(c),
      toResult(b),
      toResult({ id: a.id, key: b.key }),
      toResult(c),
    );
    expect(toStatuses(answers)).toEqual(['unknown', 'applied', 'duplicate', 'mismatch', 'duplicate']);
    expect(await db.message(a.id)).toMatchObject({ status: 'PENDING', result: null });
  });

  it('does nothing for an empty list', async () => {
    expect(await complete()).toEqual([]);
  });

  it('is rolled back with its transaction', async () => {
    const message = await written();
    const failing = db.order.$transaction(async (tx) => {
      expect(toStatuses(await completeMessages(tx, [toResult(message)]))).toEqual(['applied']);
      throw new Error('the order is refused');
    });
    await expect(failing).rejects.toThrow('the order is refused');
    expect(await db.message(message.id)).toMatchObject({ status: 'PENDING', result: null });
    expect(toStatuses(await complete(toResult(message)))).toEqual(['applied']);
  });

  it('makes a message DEAD after FAILED, only once', async () => {
    const message = await written();
    const failed = toResult(message, 'FAILED', 'unknown version');
    expect(toStatuses(await complete(failed))).toEqual(['applied']);
    expect(toStatuses(await complete(failed))).toEqual(['duplicate']);
    expect(await db.message(message.id)).toMatchObject({
      status: 'DEAD',
      last_error: 'unknown version',
      result: { outcome: 'FAILED' },
      completed_at: null,
      history: [{ event: 'died', reason: 'unknown version' }],
    });
  });

  it('completes a dead letter when a success arrives late', async () => {
    const message = await written();
    await complete(toResult(message, 'FAILED', 'gave up'));
    expect(toStatuses(await complete(toResult(message)))).toEqual(['applied']);
    expect(await db.message(message.id)).toMatchObject({
      status: 'COMPLETED',
      result: { outcome: 'SUCCEEDED' },
      history: [{ event: 'died' }, { event: 'late-result', outcome: 'SUCCEEDED' }],
    });
  });

  it('applies a success after a failure in the same call, with both in the history', async () => {
    const message = await written();
    const answers = await complete(
      toResult(message, 'FAILED', 'gave up'),
      toResult(message),
      toResult(message, 'FAILED', 'again'),
    );
    expect(toStatuses(answers)).toEqual(['applied', 'applied', 'duplicate']);
    expect(await db.message(message.id)).toMatchObject({
      status: 'COMPLETED',
      result: { outcome: 'SUCCEEDED' },
      completed_at: expect.any(Date),
      history: [{ event: 'died', reason: 'gave up' }, { event: 'late-result' }],
    });
  });

  it('never lets a later result change a COMPLETED message', async () => {
    const message = await written();
    await complete(toResult(message, 'REJECTED', 'out of stock'));
    const before = await db.admin.query('SELECT xmin::text, * FROM outbox_messages');
    for (const outcome of ['SUCCEEDED', 'REJECTED', 'FAILED'] as const) {
      expect(toStatuses(await complete(toResult(message, outcome)))).toEqual(['duplicate']);
    }
    expect((await db.admin.query('SELECT xmin::text, * FROM outbox_messages')).rows).toEqual(before.rows);
  });

  it('applies the same result once, however often it arrives, concurrently or not', async () => {
    const message = await written();
    const atOnce = await Promise.all(Array.from({ length: 15 }, () => complete(toResult(message))));
    const inOneCall = await complete(...Array.from({ length: 85 }, () => toResult(message)));
    const statuses = toStatuses([...atOnce.flat(), ...inOneCall]);
    expect(statuses.filter((status) => status === 'applied')).toHaveLength(1);
    expect(statuses.filter((status) => status === 'duplicate')).toHaveLength(99);
  });

  it('does not deadlock when two callbacks name the same messages in opposite order', async () => {
    // The heap order is the reverse of the id order, and the two callbacks use different plans.
    const ids = Array.from({ length: 51 }, () => randomUUID())
      .sort()
      .reverse();
    const messages = ids.map((id) => aMessage({ id }));
    await db.write(messages);
    const results = messages.map((message) => toResult(message));
    const completeWithout = (scans: string[], ordered: readonly MessageResult[]) =>
      db.order.$transaction(async (tx) => {
        for (const scan of scans) await tx.$executeRawUnsafe(`SET LOCAL enable_${scan} = off`);
        return completeMessages(tx, ordered);
      });
    const answers = await db.whileLocked(ids[25] ?? '', 2, () =>
      Promise.all([
        completeWithout(['seqscan', 'bitmapscan'], results),
        completeWithout(['indexscan', 'bitmapscan'], results.toReversed()),
      ]),
    );
    expect(toStatuses(answers.flat()).filter((status) => status === 'applied')).toHaveLength(51);
    expect(await db.statuses()).toEqual({ COMPLETED: 51 });
  });

  it('applies a thousand results in one call', async () => {
    const messages = someMessages(1_000);
    await db.write(messages);
    const answers = await complete(...messages.map((message) => toResult(message)));
    expect(new Set(toStatuses(answers))).toEqual(new Set(['applied']));
    expect(await db.statuses()).toEqual({ COMPLETED: 1_000 });
  });
});

describe('the cost of a result', () => {
  it('reads one message row per result, however many rows there are', async () => {
    await db.admin.query(`INSERT INTO outbox_messages (id, topic, key, type, payload, status, completed_at)
      SELECT uuidv7(), 'order-events', gen_random_uuid()::text, 'order.placed.v1', '{}', 'COMPLETED', now()
      FROM generate_series(1, 20000)`);
    await db.admin.query('ANALYZE outbox_messages');
    const message = aMessage();
    await db.write([message]);
    // Sessions of other applications may allow sequential scans.
    const [scans] = await db.connectOrder({ enable_seqscan: 'on' }).$transaction(async (tx) => {
      const [answer] = await completeMessages(tx, [
        {
          messageId: message.id,
          key: message.key,
          outcome: 'SUCCEEDED',
          processedAt: '2026-01-01T00:00:00Z',
        },
      ]);
      expect(answer?.status).toBe('applied');
      return tx.$queryRawUnsafe<{ rows: number }[]>(
        `SELECT seq_tup_read::int AS rows FROM pg_stat_xact_user_tables WHERE relname = 'outbox_messages'`,
      );
    });
    expect(scans?.rows).toBe(0);
  });
});
