import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  aMessage,
  createOutboxDatabase,
  type OutboxDatabase,
  someMessages,
  until,
} from './order-database.fixture.js';
import { createTestLoop } from './publish-loop.fixture.js';
import type { PublishLoopOptions } from './publish-loop.js';
import {
  acknowledged,
  createScriptedPublisher,
  type ScriptedPublisher,
} from './scripted-publisher.fixture.js';

let db: OutboxDatabase;
beforeAll(async () => {
  db = await createOutboxDatabase();
});
beforeEach(() => db.empty());
afterAll(() => db.close());

const createLoop = (publisher: ScriptedPublisher, options?: Partial<PublishLoopOptions>) =>
  createTestLoop(db.relay, publisher, options);

const toIds = (messages: readonly { readonly id: string }[]) => messages.map(({ id }) => id);
const outage = { status: 'unavailable', reason: 'connection refused' } as const;

describe('the publish loop during an outage', () => {
  it('stops at once while it waits for the broker', async () => {
    const publisher = createScriptedPublisher();
    publisher.script = () => outage;
    publisher.down = 'connection refused';
    const { loop } = createLoop(publisher, {
      sleep: (_ms, signal) =>
        new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true })),
    });
    await db.write([aMessage()]);
    loop.wake();
    await until('it waits', () => loop.unavailableReason() !== null);
    await loop.stop();
    expect(publisher.probes).toBe(0);
    expect(await db.messages()).toMatchObject([{ status: 'PENDING', lease_token: null }]);
  });

  it('probes an unreachable broker with back-off and continues when it answers', async () => {
    const publisher = createScriptedPublisher();
    publisher.script = () => outage;
    publisher.down = 'no route to host';
    const { loop, pauses, events } = createLoop(publisher);
    const reasons = new Set<string | null>();
    await db.write([aMessage()]);
    loop.wake();
    await until('it probed ten times', () => {
      reasons.add(loop.unavailableReason());
      return publisher.probes >= 10;
    });
    publisher.script = () => acknowledged;
    publisher.down = null;
    await until('the message is sent', () => publisher.sent.length === 1);
    await loop.stop();
    expect(pauses.slice(0, 8)).toEqual([100, 200, 400, 800, 1_600, 2_500, 2_500, 2_500]);
    expect(reasons).toContain('no route to host');
    expect(loop.unavailableReason()).toBeNull();
    expect(events).toEqual([
      'batch of 1',
      'unavailable: connection refused',
      'batch of 1',
      expect.stringMatching(/^available after \d+ ms$/),
    ]);
  });

  it('backs off from a broker that answers probes but acknowledges nothing', async () => {
    const publisher = createScriptedPublisher();
    publisher.script = () => outage;
    const { loop, pauses, events } = createLoop(publisher);
    const reasons: (string | null)[] = [];
    await db.write([aMessage()]);
    loop.wake();
    await until('it tried seven times', () => {
      if (events.includes('unavailable: connection refused')) reasons.push(loop.unavailableReason());
      return publisher.calls.length >= 7;
    });
    publisher.script = () => acknowledged;
    await until('the message is sent', () => publisher.sent.length === 1);
    await loop.stop();
    expect(pauses.slice(0, 7)).toEqual([100, 200, 400, 800, 1_600, 2_500, 2_500]);
    expect(await db.messages()).toMatchObject([{ attempts: 1, failures: 0, history: [] }]);
    // One outage, during which the relay never reports itself ready.
    expect(new Set(reasons)).toEqual(new Set(['connection refused']));
    expect(events.filter((event) => !event.startsWith('batch'))).toEqual([
      'unavailable: connection refused',
      expect.stringMatching(/^available after \d+ ms$/),
    ]);
  });

  it('leaderless: pauses at most a second between batches in which every message is blocked', async () => {
    const publisher = createScriptedPublisher();
    publisher.script = () => ({ ...outage, destinationOnly: true });
    const { loop, pauses, events } = createLoop(publisher, { batchSize: 1 });
    await db.write(someMessages(8));
    loop.wake();
    await until('all were tried', () => publisher.calls.length >= 8);
    await loop.stop();
    expect(pauses.slice(0, 6)).toEqual([50, 100, 200, 400, 500, 500]);
    expect(events).toEqual(events.map(() => 'batch of 1'));
    expect(loop.unavailableReason()).toBeNull();
    expect(loop.unpublishedReason()).toBe('some messages wait: connection refused');
  });

  it('backs off from an unreachable database and continues without a wake-up when it answers', async () => {
    const publisher = createScriptedPublisher();
    const { loop, pauses, events } = createLoop(publisher);
    await db.write(someMessages(3));
    await shutOutRelay();
    loop.wake();
    await until('it failed often', () => events.length >= 8);
    expect(new Set(events)).toEqual(new Set(['database failed']));
    expect(pauses.slice(0, 7)).toEqual([100, 200, 400, 800, 1_600, 2_500, 2_500]);
    expect(publisher.calls).toEqual([]);
    await letRelayIn();
    await until('all are sent', () => publisher.sent.length === 3);
    await loop.stop();
  });

  it('stuck-but-healthy: the reason for a stall names the error of the database', async () => {
    const publisher = createScriptedPublisher();
    const { loop } = createLoop(publisher);
    await db.write([aMessage()]);
    await db.admin.query('REVOKE UPDATE (lease_token) ON outbox_messages FROM lmt_relay');
    loop.wake();
    await until('it stalls', () => loop.stallReason() !== null);
    expect(loop.stallReason()).toMatch(
      /^publishing: failing for \d+ s; see the log \(.*permission denied for table outbox_messages/,
    );
    await db.admin.query('GRANT UPDATE (lease_token) ON outbox_messages TO lmt_relay');
    await until('it publishes', () => publisher.sent.length === 1);
    await loop.stop();
    expect(loop.stallReason()).toBeNull();
  });

  it('stops at once while it waits for the database', async () => {
    const { loop, events } = createLoop(createScriptedPublisher(), {
      sleep: (_ms, signal) =>
        new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true })),
    });
    await shutOutRelay();
    loop.wake();
    await until('it failed', () => events.length > 0);
    await loop.stop();
    await letRelayIn();
    expect(events).toEqual(['database failed']);
  });

  it('republishes an unrecorded batch once its lease has expired', async () => {
    const publisher = createScriptedPublisher();
    const { loop, events } = createLoop(publisher);
    await db.write([aMessage()]);
    publisher.script = async () => {
      await shutOutRelay();
      return acknowledged;
    };
    loop.wake();
    await until('it failed', () => events.includes('database failed'));
    await letRelayIn();
    publisher.script = () => acknowledged;
    expect(await db.messages()).toMatchObject([{ status: 'PENDING', attempts: 0 }]);
    await db.expireLeases();
    loop.wake();
    await until('it is recorded', async () => (await db.statuses()).PUBLISHED === 1);
    await loop.stop();
    expect(publisher.sent).toHaveLength(2);
    expect(await db.messages()).toMatchObject([{ attempts: 1 }]);
  });

  /** Makes the database refuse the relay and closes the relay's connections. */
  async function shutOutRelay(): Promise<void> {
    const { rows } = await db.admin.query<{ name: string }>('SELECT current_database() AS name');
    await db.admin.query(`REVOKE CONNECT ON DATABASE ${rows[0]?.name} FROM lmt_relay`);
    await db.admin.query(
      `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
      WHERE datname = current_database() AND usename = 'lmt_relay'`,
    );
  }
  async function letRelayIn(): Promise<void> {
    const { rows } = await db.admin.query<{ name: string }>('SELECT current_database() AS name');
    await db.admin.query(`GRANT CONNECT ON DATABASE ${rows[0]?.name} TO lmt_relay`);
  }
});

describe('shipped bug 4: an outage dead-letters the backlog', () => {
  it('touches no row while the broker is down for a day, and drains in order afterwards', async () => {
    const publisher = createScriptedPublisher();
    publisher.script = () => outage;
    publisher.down = 'connection refused';
    const { loop, pauses } = createLoop(publisher, { batchSize: 50 });
    const messages = someMessages(300);
    await db.write(messages);
    loop.wake();
    await until('it probes', () => publisher.probes > 0);
    const early = await versions();

    // The broker is down for longer than any retry budget.
    const day = 86_400_000;
    await until(
      'a day has passed',
      () => {
        loop.wake();
        return pauses.length * 2_500 > day;
      },
      45_000,
    );
    expect(await versions()).toEqual(early);
    expect(publisher.calls).toHaveLength(1);
    expect(new Set((await db.messages()).map(state))).toEqual(new Set(['PENDING 0 0 0 null']));

    publisher.script = () => acknowledged;
    publisher.down = null;
    await until('the backlog is sent', () => publisher.sent.length === 300);
    await loop.stop();
    expect(toIds(publisher.sent)).toEqual(toIds(messages));
    expect(new Set((await db.messages()).map(state))).toEqual(new Set(['PUBLISHED 1 0 0 null']));
  });

  const state = (row: Awaited<ReturnType<OutboxDatabase['messages']>>[number]) =>
    `${row.status} ${row.attempts} ${row.failures} ${row.history.length} ${row.last_error}`;
  const versions = async () =>
    (await db.admin.query('SELECT id, xmin::text, ctid::text FROM outbox_messages ORDER BY seq')).rows;
});
