import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createClaimScan } from './claim-scan.js';
import { requeueMessages } from './decide-messages.js';
import {
  aMessage,
  claimMessages,
  createOutboxDatabase,
  type OutboxDatabase,
  someMessages,
} from './order-database.fixture.js';
import { releaseLeases } from './record-outcomes.js';
import { createScriptedPublisher, publishDue, publishOptions } from './scripted-publisher.fixture.js';

let db: OutboxDatabase;
beforeAll(async () => {
  db = await createOutboxDatabase();
});
beforeEach(() => db.empty());
afterAll(() => db.close());

const options = () => ({ batchSize: 10, leaseSeconds: 60, token: randomUUID() });
const toIds = (messages: readonly { readonly id: string }[]) => messages.map(({ id }) => id);

describe('unknown-topic: messages of a topic that this relay does not know', () => {
  it('unknown-topic: are left to a relay that knows the topic, and do not block other messages', async () => {
    const unknown = someMessages(20, { topic: 'new-topic' });
    const known = someMessages(2);
    await db.write([...unknown, ...known]);
    const mine = await claimMessages(db.relay, { ...options(), topics: ['order-events', 'others'] });
    expect(toIds(mine)).toEqual(toIds(known));
    expect((await db.message(unknown[0]?.id ?? '')).lease_token).toBeNull();
    const theirs = await claimMessages(db.relay, { ...options(), topics: ['new-topic'] });
    expect(toIds(theirs)).toEqual(toIds(unknown.slice(0, 10)));
    expect(await claimMessages(db.relay, { ...options(), topics: null })).toHaveLength(10);
  });

  it('unknown-topic: do not become DEAD at a relay that does not know the topic', async () => {
    await db.write([aMessage({ topic: 'new-topic' })]);
    const publisher = { ...createScriptedPublisher(), topics: ['order-events'] };
    publisher.script = () => ({ status: 'rejected', reason: 'unknown topic' });
    expect(await publishDue(publishOptions(db.relay, publisher))).toMatchObject({ claimed: 0 });
    expect(await db.statuses()).toEqual({ PENDING: 1 });
  });
});

describe('a claim that does not start at the beginning', () => {
  const completeEveryMs = Number.POSITIVE_INFINITY;

  it('fills the batch with new and timed messages in turns', async () => {
    const [timed, fresh] = [someMessages(10), someMessages(10)];
    await db.write(timed);
    await db.admin.query('UPDATE outbox_messages SET available_at = now()');
    await db.write(fresh);
    const scan = createClaimScan({ monotonicNow: () => 0 });
    const next = async () => toIds(await claimMessages(db.relay, { ...options(), batchSize: 4, scan }));
    const ids = { fresh: toIds(fresh), timed: toIds(timed) };
    expect(await next()).toEqual(ids.fresh.slice(0, 4));
    expect(await next()).toEqual(ids.timed.slice(0, 4));
    expect(await next()).toEqual(ids.fresh.slice(4, 8));
    expect(await next()).toEqual(ids.timed.slice(4, 8));
    expect(await next()).toEqual([...ids.timed.slice(8), ...ids.fresh.slice(8)]);
  });

  it('claims a message again that it could not publish, new or timed', async () => {
    const messages = someMessages(2);
    await db.write(messages);
    await db.admin.query('UPDATE outbox_messages SET available_at = now() WHERE id = $1', [messages[1]?.id]);
    let nowMs = 0;
    const scan = createClaimScan({ monotonicNow: () => nowMs, completeEveryMs });
    for (let claims = 0; claims < 4; claims += 1) {
      const { token, ...rest } = options();
      expect(toIds(await claimMessages(db.relay, { ...rest, token, scan }))).toEqual(toIds(messages));
      await releaseLeases(db.relay, token, toIds(messages));
      nowMs += 10_000;
    }
  });

  it('claims PUBLISHED messages that an operator made due', async () => {
    await db.write([aMessage()]);
    await db.admin.query(
      `UPDATE outbox_messages SET status = 'PUBLISHED', published_at = now(), attempts = 1, available_at = '-infinity'`,
    );
    expect(await claimMessages(db.relay, options())).toMatchObject([{ status: 'PUBLISHED' }]);
  });

  it('finds a requeued message behind its start only on request', async () => {
    let now = 0;
    const scan = createClaimScan({ monotonicNow: () => now, completeEveryMs });
    const next = async () => {
      now += 10_000;
      return toIds(await claimMessages(db.relay, { ...options(), batchSize: 4, scan }));
    };
    const old = aMessage();
    await db.write([old]);
    await db.admin.query(`UPDATE outbox_messages SET status = 'DEAD'`);
    for (let round = 0; round < 3; round++) {
      await db.write([aMessage()]);
      expect(await next()).toHaveLength(1);
    }
    await db.order.$transaction((tx) => requeueMessages(tx, [old.id], { by: 'ada' }));
    expect(await next()).toEqual([]);
    scan.requestComplete();
    expect(await next()).toEqual([old.id]);
  });
});
