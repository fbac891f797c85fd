import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  aMessage,
  createOutboxDatabase,
  type OutboxDatabase,
  someMessages,
  until,
} from './order-database.fixture.js';
import { createPublishLoop, type PublishLoopOptions } from './publish-loop.js';
import {
  acknowledged,
  createScriptedPublisher,
  publishOptions,
  type ScriptedPublisher,
} from './scripted-publisher.fixture.js';
import type { Sql } from './sql.js';

let db: OutboxDatabase;
beforeAll(async () => {
  db = await createOutboxDatabase();
});
beforeEach(() => db.empty());
afterAll(() => db.close());

/** Creates a publish loop that records its pauses instead of waiting. */
function createLoop(publisher: ScriptedPublisher, options: Partial<PublishLoopOptions> = {}) {
  const pauses: number[] = [];
  const events: string[] = [];
  const loop = createPublishLoop({
    ...publishOptions(db.relay, publisher),
    stallMs: 30_000,
    monotonicNow: () => pauses.reduce((sum, pause) => sum + pause, 0),
    async sleep(ms) {
      pauses.push(ms);
      await nextTurn();
    },
    observer: {
      batchPublished: ({ claimed }) => void (claimed > 0 && events.push(`batch of ${claimed}`)),
      brokerUnavailable: (reason) => events.push(`unavailable: ${reason}`),
      brokerAvailable: (downForMs) => events.push(`available after ${downForMs} ms`),
      databaseFailed: () => events.push('database failed'),
    },
    ...options,
  });
  return { loop, pauses, events };
}

const toIds = (messages: readonly { readonly id: string }[]) => messages.map(({ id }) => id);
const outage = { status: 'unavailable', reason: 'connection refused' } as const;

describe('the publish loop', () => {
  it('publishes nothing until it is woken, then everything that is due, batch by batch', async () => {
    const publisher = createScriptedPublisher();
    const { loop, events } = createLoop(publisher, { batchSize: 10 });
    const messages = someMessages(25);
    await db.write(messages);
    expect(publisher.calls).toEqual([]);
    loop.wake();
    await until('all are sent', () => publisher.sent.length === 25);
    await loop.stop();
    expect(events).toEqual(['batch of 10', 'batch of 10', 'batch of 5']);
    expect(toIds(publisher.sent)).toEqual(toIds(messages));
  });

  it('records the batch in flight when stopped, and claims no other batch', async () => {
    const publisher = createScriptedPublisher();
    const { loop } = createLoop(publisher, { batchSize: 1 });
    let answer = () => {};
    const answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    publisher.script = async () => {
      await answered;
      return acknowledged;
    };
    await db.write(someMessages(2));
    loop.wake();
    await until('it publishes', () => publisher.calls.length === 1);
    let stopped = false;
    const stopping = loop.stop().then(() => {
      stopped = true;
    });
    loop.wake();
    await db.statuses();
    expect(stopped).toBe(false);
    answer();
    await stopping;
    loop.wake();
    expect((await db.messages()).map(({ status, lease_token }) => [status, lease_token])).toEqual([
      ['PUBLISHED', null],
      ['PENDING', null],
    ]);
    expect(publisher.calls).toHaveLength(1);
  });

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

  it.each([
    { claimed: 5, took: 0, rest: 10 },
    { claimed: 5, took: 4, rest: 6 },
    { claimed: 5, took: 7, rest: 7 },
    { claimed: 14, took: 20, rest: 24 },
    { claimed: 50, took: 20, rest: 40 },
    { claimed: 80, took: 20, rest: 40 },
    { claimed: 80, took: 2_000, rest: 50 },
    { claimed: 2, took: 20, rest: 5 },
    { claimed: 1, took: 20, rest: 0 },
  ])(
    'pauses $rest ms after a partial batch of $claimed that took $took ms',
    async ({ claimed, took, rest }) => {
      let clock = 0;
      let rested = 0;
      const publisher = createScriptedPublisher();
      const { loop } = createLoop(publisher, {
        monotonicNow: () => clock,
        async sleep(ms) {
          rested += ms;
          clock += ms;
        },
      });
      publisher.script = () => {
        if (publisher.calls.length === 1) {
          clock += took / claimed;
          loop.wake();
        }
        return acknowledged;
      };
      await db.write(someMessages(claimed));
      loop.wake();
      await until('the batch is recorded', async () => (await db.statuses()).PUBLISHED === claimed);
      await loop.stop();
      expect(rested).toBeCloseTo(rest);
    },
  );

  it('does not pause after a full batch', async () => {
    const publisher = createScriptedPublisher();
    const { loop, pauses } = createLoop(publisher, { batchSize: 5 });
    await db.write(someMessages(24));
    loop.wake();
    await until('all are sent', () => publisher.sent.length === 24);
    await loop.stop();
    expect(pauses).toEqual([]);
  });

  it('sends two statements for a lone message, the claim and the record', async () => {
    const publisher = createScriptedPublisher();
    let statements = 0;
    const sql: Sql = {
      $queryRawUnsafe: (query, ...values) => {
        statements += 1;
        return db.relay.$queryRawUnsafe(query, ...values);
      },
      $executeRawUnsafe: (query, ...values) => {
        statements += 1;
        return db.relay.$executeRawUnsafe(query, ...values);
      },
    };
    const { loop, events } = createLoop(publisher, { sql });
    for (let message = 1; message <= 3; message++) {
      await db.write([aMessage()]);
      loop.wake();
      await until('it is recorded', () => events.length === message);
    }
    await loop.stop();
    expect({ sent: publisher.sent.length, statements }).toEqual({ sent: 3, statements: 6 });
  });

  it('publishes thousands of messages of one key in order after one wake-up', async () => {
    const publisher = createScriptedPublisher();
    const { loop, pauses } = createLoop(publisher);
    const messages = someMessages(2_050, { key: randomUUID() });
    await db.write(messages);
    loop.wake();
    await until('all are sent', () => publisher.sent.length === messages.length);
    await loop.stop();
    expect(toIds(publisher.sent)).toEqual(toIds(messages));
    expect(publisher.calls).toHaveLength(21);
    expect(pauses).toEqual([]);
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

describe('shipped bug 11: a lost wake-up', () => {
  it('finds a message written between an empty claim and the idle state, at any moment', async () => {
    // `turns` is the number of microtask turns before the signal. The range covers signals before
    // the loop sees its empty claim, while the loop ends, and after it has ended.
    for (let turns = 0; turns < 40; turns++) {
      const publisher = createScriptedPublisher();
      const message = aMessage();
      let wake = () => {};
      let written = false;
      const sql: Sql = {
        async $queryRawUnsafe<T>(query: string, ...values: unknown[]): Promise<T> {
          const rows = await db.relay.$queryRawUnsafe<T>(query, ...values);
          if (!written) {
            expect(rows).toMatchObject([{ id: null }]);
            written = true;
            await db.write([message]);
            void wakeAfter(turns);
          }
          return rows;
        },
        $executeRawUnsafe: (query, ...values) => db.relay.$executeRawUnsafe(query, ...values),
      };
      const wakeAfter = async (count: number) => {
        for (let turn = 0; turn < count; turn++) await null;
        wake();
      };
      const { loop } = createLoop(publisher, { sql });
      wake = loop.wake;
      loop.wake();
      await until(`the message is sent (${turns} turns)`, () => publisher.sent.length === 1, 2_000);
      await loop.stop();
    }
  });
});
