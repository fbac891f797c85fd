import { randomUUID } from 'node:crypto';
import type { PublishOutcome } from '@lmt/messaging';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { enqueueMany } from './enqueue.js';
import type { NewMessage } from './message.js';
import {
  aMessage,
  createOutboxDatabase,
  type OutboxDatabase,
  someMessages,
} from './order-database.fixture.js';
import {
  acknowledged,
  createScriptedPublisher,
  firstPublications,
  publishAll,
  publishDue,
  publishOptions,
} from './scripted-publisher.fixture.js';

let db: OutboxDatabase;
beforeAll(async () => {
  db = await createOutboxDatabase();
});
beforeEach(() => db.empty());
afterAll(() => db.close());

const toIds = (messages: readonly { readonly id: string }[]) => messages.map(({ id }) => id);
const byKey = (messages: readonly NewMessage[]) => {
  const keys = new Map<string, string[]>();
  for (const { key, id } of messages) keys.set(key, [...(keys.get(key) ?? []), id]);
  return keys;
};

describe('shipped bug 1: a row whose transaction commits late is skipped', () => {
  it('publishes a message that was written first and committed last', async () => {
    const publisher = createScriptedPublisher();
    const options = publishOptions(db.relay, publisher);
    const [a, b] = [aMessage(), aMessage()];
    await db.order.$transaction(async (tx) => {
      await enqueueMany(tx, [a]);
      await db.write([b]);
      await publishAll(options);
      expect(toIds(publisher.sent)).toEqual([b.id]);
    });
    await publishAll(options);
    expect(toIds(publisher.sent)).toEqual([b.id, a.id]);
    const [first, second] = await db.messages();
    expect([first?.id, second?.id]).toEqual([a.id, b.id]);
  });
});

describe('shipped bug 4: an outage dead-letters the backlog', () => {
  it('leaves every message unchanged, however often it is retried, and drains in order afterwards', async () => {
    const publisher = createScriptedPublisher();
    const options = publishOptions(db.relay, publisher);
    const keys = Array.from({ length: 20 }, () => randomUUID());
    const messages = Array.from({ length: 200 }, (_, i) => aMessage({ key: keys[i % keys.length] ?? '' }));
    const overdue = aMessage();
    await db.write([overdue]);
    await publishAll(options);
    await db.makeDue();
    await db.write(messages);
    publisher.sent.length = 0;

    const { rows: before } = await db.admin.query(WITHOUT_LEASE);
    publisher.script = () => ({ status: 'unavailable', reason: 'connection refused' });
    for (let attempt = 1; attempt <= 100; attempt++) {
      const report = await publishDue(options);
      expect(report).toMatchObject({ claimed: 201, unavailable: 'connection refused', staleWrites: 0 });
      expect([report.published, report.failed, report.dead]).toEqual([[], [], []]);
    }
    const { rows: after } = await db.admin.query(WITHOUT_LEASE);
    expect(after).toEqual(before);

    publisher.script = () => acknowledged;
    await publishAll(options);
    expect(firstPublications(publisher.sent)).toEqual(byKey([overdue, ...messages]));
    expect(publisher.sent).toHaveLength(201);
    expect(await db.statuses()).toEqual({ PUBLISHED: 201 });
  });

  const WITHOUT_LEASE = 'SELECT * FROM outbox_messages ORDER BY seq';
});

describe('shipped bug 5: one poison row stops the others', () => {
  it.each([
    ['of keys of their own', () => someMessages(100)],
    ['of one key', () => someMessages(100, { key: randomUUID() })],
  ])('publishes 98 of 100 messages %s and makes #37 and #60 DEAD', async (_which, make) => {
    const publisher = createScriptedPublisher();
    const messages = make();
    const oversized = messages[36]?.id;
    const malformed = messages[59]?.id;
    publisher.script = ({ id }) => {
      if (id === oversized) return { status: 'rejected', reason: 'too large' };
      return id === malformed ? { status: 'rejected', reason: 'malformed' } : acknowledged;
    };
    await db.write(messages);
    const reports = await publishAll(publishOptions(db.relay, publisher));
    expect(reports.flatMap((report) => toIds(report.dead.map(({ message }) => message)))).toEqual([
      oversized,
      malformed,
    ]);
    expect(toIds(publisher.sent)).toEqual(
      toIds(messages).filter((id) => id !== oversized && id !== malformed),
    );
    expect(await db.statuses()).toEqual({ PUBLISHED: 98, DEAD: 2 });
    expect(await db.message(oversized ?? '')).toMatchObject({
      status: 'DEAD',
      attempts: 0,
      last_error: 'too large',
      history: [{ event: 'died', reason: 'too large' }],
      lease_token: null,
    });
  });

  it('does not make a published message DEAD, because its result may still arrive', async () => {
    const publisher = createScriptedPublisher();
    const options = publishOptions(db.relay, publisher);
    await db.write([aMessage()]);
    await publishAll(options);
    await db.makeDue();
    publisher.script = () => ({ status: 'rejected', reason: 'too large' });
    const [report] = await publishAll(options);
    expect(report).toMatchObject({ dead: [], failed: [{ reason: 'too large' }] });
    expect(await db.messages()).toMatchObject([{ status: 'PUBLISHED', attempts: 1, failures: 1 }]);
  });
});

describe('leaderless: a partition that accepts no messages', () => {
  const blocked: PublishOutcome = {
    status: 'unavailable',
    reason: 'order-events/3 has no leader',
    destinationOnly: true,
  };

  it('leaderless: postpones its messages without counting a failure, and publishes the others', async () => {
    const publisher = createScriptedPublisher();
    const options = { ...publishOptions(db.relay, publisher), batchSize: 10 };
    const key = randomUUID();
    const [head, follower] = [aMessage({ key }), aMessage({ key })];
    const [lone, ...others] = someMessages(30);
    publisher.script = ({ id }) => (id === head.id || id === lone?.id ? blocked : acknowledged);
    await db.write([head, follower, ...(lone === undefined ? [] : [lone]), ...others]);

    const reports = await publishAll(options);

    expect(toIds(publisher.sent)).toEqual(toIds(others));
    expect(reports.map(({ unavailable }) => unavailable)).toEqual(reports.map(() => null));
    expect(toIds(reports.flatMap((report) => report.blocked.map(({ message }) => message)))).toEqual([
      head.id,
      lone?.id,
    ]);
    const row = await db.message(head.id);
    expect(row).toMatchObject({
      status: 'PENDING',
      attempts: 0,
      failures: 0,
      history: [],
      lease_token: null,
    });
    expect(row.last_error).toBe('order-events/3 has no leader');
    for (const { due_in_ms } of [row, await db.message(follower.id)]) {
      expect(due_in_ms).toBeGreaterThan(0);
      expect(due_in_ms).toBeLessThan(15_001);
    }

    publisher.script = () => acknowledged;
    await db.makeDue();
    await publishAll(options);
    expect(firstPublications(publisher.sent).get(key)).toEqual([head.id, follower.id]);
    expect(await db.message(head.id)).toMatchObject({ attempts: 1, last_error: null });
  });

  it('leaderless: more blocked messages than fit into a batch do not delay the others', async () => {
    const publisher = createScriptedPublisher();
    const options = { ...publishOptions(db.relay, publisher), batchSize: 10 };
    const stuck = new Set<string>();
    const messages = someMessages(45);
    for (const { id } of messages.slice(0, 40)) stuck.add(id);
    publisher.script = ({ id }) => (stuck.has(id) ? blocked : acknowledged);
    await db.write(messages);
    for (let batch = 0; batch < 5; batch += 1) await publishDue(options);
    expect(toIds(publisher.sent)).toEqual(toIds(messages.slice(40)));
  });
});

describe('shipped bug 14: a claimed batch is unordered', () => {
  it('publishes a batch in the order of writing, whichever message was due first', async () => {
    const publisher = createScriptedPublisher();
    const messages = someMessages(50);
    await db.write(messages);
    await db.admin.query(`UPDATE outbox_messages SET available_at = now() - seq * interval '1 second'`);
    await publishDue(publishOptions(db.relay, publisher));
    expect(publisher.calls).toHaveLength(1);
    expect(toIds(publisher.sent)).toEqual(toIds(messages));
  });
});
