import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { cancelMessages } from './cancel-messages.js';
import { requeueMessages, sendMessagesNow } from './decide-messages.js';
import {
  byIds,
  createDecisions,
  decision,
  result,
  type Selection,
  toIds,
  toOutcomes,
} from './decisions.fixture.js';
import { OLD_MESSAGES, WAKE_UP_CHANNEL } from './enqueue.js';
import {
  aMessage,
  claimMessages,
  createOutboxDatabase,
  type OutboxDatabase,
  someMessages,
  until,
} from './order-database.fixture.js';
import { createScriptedPublisher, publishAll, publishOptions } from './scripted-publisher.fixture.js';

let db: OutboxDatabase;
beforeAll(async () => {
  db = await createOutboxDatabase();
});
beforeEach(() => db.empty());
afterAll(() => db.close());

const { requeue, discard, report, dead, oneDead } = createDecisions(() => db);
const inOrder = (messages: readonly { id: string }[]) => toIds(messages).sort();

describe('requeueing dead letters', () => {
  it('makes them due at once, keeps attempts and last error, and records the decision', async () => {
    const message = await oneDead();
    await db.admin.query(
      `UPDATE outbox_messages SET attempts = 3, failures = 4, available_at = now() + interval '1 day'`,
    );
    expect(await requeue(byIds(message))).toEqual([
      { id: message.id, outcome: 'requeued', key: message.key, type: message.type, lastError: 'gave up' },
    ]);
    const row = await db.message(message.id);
    expect(row).toMatchObject({
      status: 'PENDING',
      attempts: 3,
      failures: 0,
      last_error: 'gave up',
      result: null,
    });
    expect(row.due_in_ms).toBeLessThanOrEqual(0);
    expect(row.history).toEqual([
      { at: expect.any(String), event: 'died', reason: 'gave up' },
      { at: expect.any(String), event: 'requeued', ...decision },
    ]);
    const claimed = await claimMessages(db.relay, { batchSize: 9, leaseSeconds: 60, token: randomUUID() });
    expect(toIds(claimed)).toEqual([message.id]);
  });

  it('omits a reason that was not given', async () => {
    const message = await oneDead();
    await db.order.$transaction((tx) => requeueMessages(tx, [message.id], { by: 'ada' }));
    expect((await db.message(message.id)).history.at(-1)).toEqual({
      at: expect.any(String),
      event: 'requeued',
      by: 'ada',
    });
  });

  it('keeps the last 50 entries of a history', async () => {
    const message = await oneDead();
    for (let round = 0; round < 30; round++) {
      await requeue(byIds(message));
      await report(result(message, 'FAILED', `round ${round}`));
    }
    const { history } = await db.message(message.id);
    expect(history).toHaveLength(50);
    expect(history.slice(-2)).toMatchObject([{ event: 'requeued' }, { event: 'died', reason: 'round 29' }]);
  });

  it('keeps decisions in the history, however often the message is republished afterwards', async () => {
    const message = await oneDead();
    await requeue(byIds(message));
    for (let times = 0; times < 60; times++) {
      await db.makeDue();
      await publishAll(publishOptions(db.relay, createScriptedPublisher()));
    }
    const events = (await db.message(message.id)).history.map(({ event }) => event);
    expect(events).toHaveLength(50);
    expect(events.slice(0, 3)).toEqual(['died', 'requeued', 'republished']);
  });

  it('answers each id in the order given and changes only DEAD messages', async () => {
    const [pending, completed, published] = [aMessage(), aMessage(), aMessage()];
    await db.write([pending, completed, published]);
    await report(result(completed, 'SUCCEEDED'));
    await db.admin.query(`UPDATE outbox_messages SET status = 'PUBLISHED' WHERE id = $1`, [published.id]);
    const [gone, discarded, failed] = [{ id: randomUUID() }, await oneDead(), await oneDead()];
    await discard(byIds(discarded));
    const before = await db.admin.query('SELECT xmin::text, * FROM outbox_messages WHERE id <> $1', [
      failed.id,
    ]);

    const answers = await requeue(byIds(discarded, pending, failed, gone, completed, published, failed));
    expect(answers).toEqual([
      { id: discarded.id, outcome: 'conflict', status: 'DISCARDED' },
      { id: pending.id, outcome: 'conflict', status: 'PENDING' },
      expect.objectContaining({ id: failed.id, outcome: 'requeued' }),
      { id: gone.id, outcome: 'unknown' },
      { id: completed.id, outcome: 'conflict', status: 'COMPLETED' },
      { id: published.id, outcome: 'conflict', status: 'PUBLISHED' },
    ]);
    const after = await db.admin.query('SELECT xmin::text, * FROM outbox_messages WHERE id <> $1', [
      failed.id,
    ]);
    expect(after.rows).toEqual(before.rows);
  });

  it('is rolled back with its transaction', async () => {
    const message = await oneDead();
    const failing = db.order.$transaction(async (tx) => {
      await requeueMessages(tx, [message.id], decision);
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await db.message(message.id)).toMatchObject({ status: 'DEAD', history: [{ event: 'died' }] });
  });

  it('requeues each once when two operators select the same ids at once', async () => {
    const messages = await dead(someMessages(51));
    const [middle = ''] = inOrder(messages).slice(25, 26);
    const answers = await db.whileLocked(middle, 2, () =>
      Promise.all([requeue(byIds(...messages)), requeue(byIds(...messages.toReversed()))]),
    );
    const outcomes = toOutcomes(answers.flat());
    expect(outcomes.filter((outcome) => outcome === 'requeued')).toHaveLength(51);
    expect(outcomes.filter((outcome) => outcome === 'conflict')).toHaveLength(51);
    for (const { status, history } of await db.messages()) {
      expect(status).toBe('PENDING');
      expect(history.map(({ event }) => event)).toEqual(['died', 'requeued']);
    }
  });

  it('requeues each once when two operators use the same filter at once', async () => {
    const messages = await dead(someMessages(21));
    const [first = ''] = inOrder(messages);
    const everything: Selection = { filter: {}, limit: 1_000 };
    const answers = await db.whileLocked(first, 2, () =>
      Promise.all([requeue(everything), requeue(everything)]),
    );
    expect(answers.map(({ length }) => length).sort()).toEqual([0, 21]);
    for (const { history } of await db.messages()) expect(history).toHaveLength(2);
  });

  it.each(['by id', 'by filter'])('answers conflict if a late result came first, %s', async (how) => {
    const message = await oneDead();
    const selection = how === 'by id' ? byIds(message) : { filter: { key: message.key }, limit: 10 };
    // Postgres grants a row lock to sessions in the order in which they queue for it.
    const [, answers] = await db.whileLocked(message.id, 2, async () => {
      const completing = report(result(message, 'SUCCEEDED'));
      await until('the result waits for the message', async () => {
        const { rowCount } = await db.admin.query(
          `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        );
        return rowCount === 1;
      });
      return Promise.all([completing, requeue(selection)]);
    });
    expect(answers).toEqual(
      how === 'by id' ? [{ id: message.id, outcome: 'conflict', status: 'COMPLETED' }] : [],
    );
    expect(await db.message(message.id)).toMatchObject({
      status: 'COMPLETED',
      history: [{ event: 'died' }, { event: 'late-result' }],
    });
  });

  it('lets a late result complete the message afterwards', async () => {
    const message = await oneDead();
    await requeue(byIds(message));
    expect(await report(result(message, 'SUCCEEDED'))).toMatchObject([{ status: 'applied' }]);
    expect(await db.message(message.id)).toMatchObject({
      status: 'COMPLETED',
      result: { outcome: 'SUCCEEDED' },
    });
  });

  it('keeps the place of a message among the PENDING ones of its key', async () => {
    const key = 'one-order';
    const first = await oneDead({ key });
    const [second, third] = someMessages(2, { key });
    if (second === undefined || third === undefined) throw new Error('no message');
    await db.write([second, third]);
    await db.admin.query(
      `UPDATE outbox_messages SET status = 'PUBLISHED', available_at = now() + interval '1 h' WHERE id = $1`,
      [second.id],
    );
    await requeue(byIds(first));
    const claim = async () =>
      toIds(await claimMessages(db.relay, { batchSize: 9, leaseSeconds: 60, token: randomUUID() }));
    expect(await claim()).toEqual([first.id, third.id]);
    await db.expireLeases();
    await report(result(first, 'SUCCEEDED'));
    expect(await claim()).toEqual([third.id]);
  });

  it('wakes the relay at its commit to read the whole queue, and only if it changed a message', async () => {
    const message = await oneDead();
    const listener = new pg.Client({ connectionString: db.urls.relay });
    await listener.connect();
    try {
      const payloads: string[] = [];
      listener.on('notification', ({ payload = '' }) => payloads.push(payload));
      await listener.query(`LISTEN ${WAKE_UP_CHANNEL}`);
      await requeue(byIds(message));
      await until('the relay is woken', () => payloads.length === 1);
      await requeue(byIds(message));
      await requeue({ filter: {}, limit: 10 });
      await db.admin.query(`UPDATE outbox_messages SET available_at = now() + interval '1 day'`);
      const sendNow = () => db.order.$transaction((tx) => sendMessagesNow(tx, [message.id], decision));
      expect(toOutcomes(await sendNow())).toEqual(['sent-now']);
      expect(toOutcomes(await sendNow())).toEqual(['due']);
      const cancel = () => db.order.$transaction((tx) => cancelMessages(tx, [message.id], decision));
      expect([await cancel(), await cancel()]).toEqual([[message.id], []]);
      await db.write([aMessage()]);
      await until('the relay is woken by the next message', () => payloads.length >= 4);
      expect(payloads).toEqual([OLD_MESSAGES, OLD_MESSAGES, OLD_MESSAGES, '']);
    } finally {
      await listener.end();
    }
  });
});
