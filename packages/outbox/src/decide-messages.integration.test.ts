import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { completeMessages } from './complete-messages.js';
import {
  type DiscardedMessage,
  discardMessages,
  type RequeuedMessage,
  requeueMessages,
  sendMessagesNow,
} from './decide-messages.js';
import { OLD_MESSAGES, WAKE_UP_CHANNEL } from './enqueue.js';
import { listMessages } from './find-messages.js';
import type { NewMessage } from './message.js';
import type { MessageFilter } from './message-filter.js';
import type { OperatorVerb } from './operator-actions.js';
import {
  aMessage,
  claimMessages,
  createOutboxDatabase,
  type OutboxDatabase,
  someMessages,
  until,
} from './order-database.fixture.js';
import { createPurge } from './purge-finished.js';
import { createScriptedPublisher, publishAll, publishOptions } from './scripted-publisher.fixture.js';
import { type BulkSelection, selectMessages } from './select-messages.js';
import type { TransactionSql } from './sql.js';

let db: OutboxDatabase;
beforeAll(async () => {
  db = await createOutboxDatabase();
});
beforeEach(() => db.empty());
afterAll(() => db.close());

const decision = { by: 'ada', reason: 'the consumer was repaired' };
type Selection = readonly string[] | BulkSelection;
const byIds = (...messages: readonly { id: string }[]): Selection => messages.map(({ id }) => id);
/** Decides about messages by id or, like a bulk action, about messages that match a filter. */
async function decide<A extends { readonly outcome: string }>(
  selection: Selection,
  verb: OperatorVerb,
  decideIds: (tx: TransactionSql, ids: readonly string[]) => Promise<A[]>,
): Promise<A[]> {
  return db.order.$transaction(async (tx) => {
    if (!('limit' in selection)) return decideIds(tx, selection);
    const { ids } = await selectMessages(tx, verb, selection);
    const answers = await decideIds(tx, ids);
    return answers.filter(({ outcome }) => outcome !== 'conflict');
  });
}
const requeue = (selection: Selection): Promise<RequeuedMessage[]> =>
  decide(selection, 'requeue', (tx, ids) => requeueMessages(tx, ids, decision));
const discard = (selection: Selection, keep: string[] = []): Promise<DiscardedMessage[]> =>
  decide('limit' in selection ? { ...selection, exceptTypes: keep } : selection, 'discard', (tx, ids) =>
    discardMessages(tx, ids, decision, { keep }),
  );
const toOutcomes = (answers: readonly { outcome: string }[]) => answers.map(({ outcome }) => outcome);
const toIds = (answers: readonly { id: string }[]) => answers.map(({ id }) => id);
const result = (message: NewMessage, outcome: 'SUCCEEDED' | 'REJECTED' | 'FAILED', reason?: string) => {
  const { id: messageId, key } = message;
  return { messageId, key, outcome, reason, processedAt: '2026-01-01T00:00:00.000Z' } as const;
};
const report = (...results: Parameters<typeof completeMessages>[1][number][]) =>
  db.order.$transaction((tx) => completeMessages(tx, results));

/** Writes messages that the consumer fails to process. */
async function dead(messages: NewMessage[], reason = 'gave up'): Promise<NewMessage[]> {
  await db.write(messages);
  await report(...messages.map((message) => result(message, 'FAILED', reason)));
  return messages;
}
async function oneDead(fields: Partial<NewMessage> = {}, reason?: string): Promise<NewMessage> {
  const [message] = await dead([aMessage(fields)], reason);
  if (message === undefined) throw new Error('no message');
  return message;
}
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

  it('wakes the relay at its commit to read the whole queue, and only if it made a message due', async () => {
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
      await db.write([aMessage()]);
      await until('the relay is woken by the next message', () => payloads.length >= 3);
      expect(payloads).toEqual([OLD_MESSAGES, OLD_MESSAGES, '']);
    } finally {
      await listener.end();
    }
  });
});

describe('discarding dead letters', () => {
  it('makes them DISCARDED and records the decision', async () => {
    const message = await oneDead();
    expect(await discard(byIds(message))).toEqual([
      { id: message.id, outcome: 'discarded', key: message.key, type: message.type, lastError: 'gave up' },
    ]);
    expect(await db.message(message.id)).toMatchObject({
      status: 'DISCARDED',
      completed_at: expect.any(Date),
      history: [{ event: 'died' }, { event: 'discarded', ...decision }],
    });
    expect(toOutcomes(await discard(byIds(message)))).toEqual(['conflict']);
    await db.makeDue();
    expect(await claimMessages(db.relay, { batchSize: 9, leaseSeconds: 60, token: randomUUID() })).toEqual(
      [],
    );
    const purge = createPurge({ sql: db.relay, retentionSeconds: 0, monotonicNow: () => 0 });
    expect(await purge()).toBe(1);
  });

  it('accepts no result afterwards', async () => {
    const message = await oneDead();
    await discard(byIds(message));
    const before = await db.admin.query('SELECT xmin::text, * FROM outbox_messages');
    for (const outcome of ['SUCCEEDED', 'REJECTED', 'FAILED'] as const) {
      expect(await report(result(message, outcome, 'late'))).toMatchObject([{ status: 'duplicate' }]);
    }
    expect((await db.admin.query('SELECT xmin::text, * FROM outbox_messages')).rows).toEqual(before.rows);
  });

  it('refuses protected types selected by id and skips them in a filter', async () => {
    const kept = await oneDead({ type: 'order.cancelled.v1' });
    const other = await oneDead();
    const keep = ['order.cancelled.v1'];
    expect(toOutcomes(await discard(byIds(kept, other), keep))).toEqual(['refused', 'discarded']);
    const another = await oneDead();
    expect(toIds(await discard({ filter: {}, limit: 1 }, keep))).toEqual([another.id]);
    expect(await db.message(kept.id)).toMatchObject({ status: 'DEAD', history: [{ event: 'died' }] });
  });

  it('either requeues or discards a message when the two race', async () => {
    const message = await oneDead();
    const answers = await db.whileLocked(message.id, 2, () =>
      Promise.all([requeue(byIds(message)), discard(byIds(message))]),
    );
    const outcomes = toOutcomes(answers.flat());
    expect(outcomes.filter((outcome) => outcome === 'conflict')).toHaveLength(1);
    const { status, history } = await db.message(message.id);
    expect(history).toHaveLength(2);
    expect(status).toBe(outcomes.includes('requeued') ? 'PENDING' : 'DISCARDED');
  });
});

describe('a filter', () => {
  it('selects the oldest dead letters that match every condition, up to the limit', async () => {
    const started = new Date();
    const [a, b] = [
      await oneDead({ key: 'k1' }, 'timeout at 100%'),
      await oneDead({ key: 'k2' }, 'timeout at 1000'),
    ];
    const c = await oneDead({ key: 'k1', type: 'order.cancelled.v1' }, 'Timeout');
    const alive = aMessage({ key: 'k1' });
    await db.write([alive]);
    await db.admin.query(
      `UPDATE outbox_messages SET created_at = created_at - interval '1 day' WHERE id = $1`,
      [b.id],
    );
    const found = async (filter: MessageFilter) => {
      const { ids, matched } = await selectMessages(db.order, 'requeue', { filter, limit: 10 });
      // Messages of one key are in the order of writing, others in the order of their ids.
      if (filter.key === undefined) expect(ids).toEqual([...ids].sort());
      const { items } = await listMessages(db.order, { filter, status: 'DEAD', limit: 10 });
      expect(toIds(items)).toEqual([...ids].reverse());
      expect(matched).toBe(ids.length);
      return [...ids].sort();
    };
    const sorted = (...messages: NewMessage[]) => inOrder(messages);
    expect(await found({})).toEqual(sorted(a, b, c));
    expect(await found({ key: 'k1' })).toEqual(sorted(a, c));
    expect(await found({ type: 'order.cancelled.v1' })).toEqual([c.id]);
    expect(await found({ error: 'timeout' })).toEqual(sorted(a, b));
    expect(await found({ error: '100%' })).toEqual([a.id]);
    expect(await found({ error: '_' })).toEqual([]);
    expect(await found({ createdBefore: started })).toEqual([b.id]);
    expect(await found({ createdAfter: started })).toEqual(sorted(a, c));
    expect(await found({ createdAfter: started, key: 'k1', error: 'time' })).toEqual([a.id]);

    const exceptTypes = ['order.cancelled.v1'];
    expect(await selectMessages(db.order, 'discard', { filter: {}, limit: 9, exceptTypes })).toMatchObject({
      matched: 3,
      refused: 1,
      ids: sorted(a, b),
    });
    const [oldest = '', next = ''] = sorted(a, b, c);
    expect(toIds(await requeue({ filter: {}, limit: 2 }))).toEqual([oldest, next]);
    expect(await db.statuses()).toEqual({ DEAD: 1, PENDING: 3 });
  });
});
