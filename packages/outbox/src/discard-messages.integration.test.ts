import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { byIds, createDecisions, decision, result, toIds, toOutcomes } from './decisions.fixture.js';
import { claimMessages, createOutboxDatabase, type OutboxDatabase } from './order-database.fixture.js';
import { createPurge } from './purge-finished.js';

let db: OutboxDatabase;
beforeAll(async () => {
  db = await createOutboxDatabase();
});
beforeEach(() => db.empty());
afterAll(() => db.close());

const { requeue, discard, report, oneDead } = createDecisions(() => db);

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
