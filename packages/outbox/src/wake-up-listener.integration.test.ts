import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { enqueueMany } from './enqueue.js';
import { aMessage, createOutboxDatabase, type OutboxDatabase, until } from './order-database.fixture.js';
import { createRelay, type Relay } from './relay.js';
import { createScriptedPublisher, publishOptions } from './scripted-publisher.fixture.js';
import { listenForWakeUps, type WakeUpListener } from './wake-up-listener.js';

let db: OutboxDatabase;
let relay: Relay;
let listener: WakeUpListener;
let lost: Error[];
let publisher: ReturnType<typeof createScriptedPublisher>;

beforeAll(async () => {
  db = await createOutboxDatabase();
});
beforeEach(async () => {
  await db.empty();
  lost = [];
  publisher = createScriptedPublisher();
  // No tick here: what is sent was woken for by the listener alone.
  relay = createRelay({
    ...publishOptions(db.relay, publisher),
    monotonicNow: () => performance.now(),
    sleep: async () => {},
    observer: {
      batchPublished() {},
      brokerUnavailable() {},
      brokerAvailable() {},
      databaseFailed(error) {
        throw error;
      },
    },
  });
  listener = listenForWakeUps({
    url: db.urls.relay,
    reconnectMs: 50,
    onWakeUp: relay.wake,
    onLost: (reason) => lost.push(reason),
  });
  await until('it listens', listener.isListening);
});
afterEach(async () => {
  await listener.close();
  await relay.stop();
});
afterAll(() => db.close());

async function listeners(): Promise<number[]> {
  const { rows } = await db.admin.query<{ pid: number }>(
    `SELECT pid FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'lmt-relay-listener'`,
  );
  return rows.map(({ pid }) => pid);
}

async function cutListener(): Promise<void> {
  for (const pid of await listeners()) await db.admin.query('SELECT pg_terminate_backend($1)', [pid]);
}

describe('shipped bug 11: a lost wake-up', () => {
  it('publishes what a transaction wrote when it commits', async () => {
    await db.write([aMessage()]);
    await until('it is sent', () => publisher.sent.length === 1);
    await db.write([aMessage(), aMessage()]);
    await until('they are sent', () => publisher.sent.length === 3);
  });

  it('publishes, after it reconnected, what was committed while nobody listened', async () => {
    for (let cut = 1; cut <= 5; cut++) {
      await db.order.$transaction(
        async (tx) => {
          await enqueueMany(tx, [aMessage()]);
          await cutListener();
          await until('the loss was noticed', () => lost.length === cut);
          // The commit sends its signal to nobody, unless the listener is back already.
        },
        { timeout: 60_000 },
      );
      await until('it is sent', () => publisher.sent.length === cut);
    }
    await until('it listens', listener.isListening);
    expect(await listeners()).toHaveLength(1);
    expect(lost).toHaveLength(5);
  });

  it('keeps trying while it is refused, and has one connection afterwards', async () => {
    const { rows } = await db.admin.query<{ name: string }>('SELECT current_database() AS name');
    await db.admin.query(`REVOKE CONNECT ON DATABASE ${rows[0]?.name} FROM lmt_relay`);
    await cutListener();
    await until('it was refused a few times', () => lost.length >= 4);
    expect(listener.isListening()).toBe(false);
    await db.write([aMessage()]);
    expect(publisher.sent).toEqual([]);
    await db.admin.query(`GRANT CONNECT ON DATABASE ${rows[0]?.name} TO lmt_relay`);
    await until('it is sent', () => publisher.sent.length === 1);
    expect(await listeners()).toHaveLength(1);
  });

  it('leaves no connection and no retry behind when it is closed, also while it connects', async () => {
    await listener.close();
    expect(listener.isListening()).toBe(false);
    const connecting = listenForWakeUps({
      url: db.urls.relay,
      reconnectMs: 1,
      onWakeUp: () => {},
      onLost: (reason) => lost.push(reason),
    });
    await connecting.close();
    await until('no connection is left', async () => (await listeners()).length === 0);
    expect(connecting.isListening()).toBe(false);
    expect(lost).toEqual([]);
  });
});
