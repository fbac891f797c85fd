import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { aMessage, createOutboxDatabase, type OutboxDatabase, until } from './order-database.fixture.js';
import { createScriptedPublisher, type ScriptedPublisher } from './scripted-publisher.fixture.js';
import { type Relay, type RelayOptions, startRelay } from './start-relay.js';

const EVERY_SECOND = '* * * * * *';
const NEVER = '0 0 0 29 2 *';

let db: OutboxDatabase;
let publisher: ScriptedPublisher;
let relay: Relay | undefined;
beforeAll(async () => {
  db = await createOutboxDatabase();
});
beforeEach(async () => {
  await db.empty();
  publisher = createScriptedPublisher();
});
afterEach(() => relay?.stop());
afterAll(() => db.close());

function start(options: Partial<RelayOptions>): Relay {
  relay = startRelay({ sql: db.relay, databaseUrl: db.urls.relay, publisher, ...options });
  return relay;
}

it('publishes a new message when its commit signals it, without a tick', async () => {
  const started = start({ cron: NEVER });
  await until('it listens', started.isListening);
  await db.write([aMessage()]);
  await until('it is published', async () => (await db.statuses()).PUBLISHED === 1);
  expect(started.unavailableReason()).toBeNull();
  expect(started.stallReason()).toBeNull();
});

it('republishes a message without a result at a tick', async () => {
  // The deadline passes after the loop has come to rest, so only a tick can wake it.
  start({ cron: EVERY_SECOND, policy: { resultDeadlineMs: 300, baseMs: 1, capMs: 1 } });
  await db.write([aMessage()]);
  await until('it is republished', () => publisher.sent.length >= 2);
});

it('waits a week by default before it purges, and purges batch by batch', async () => {
  const finish = (age: string) =>
    db.admin.query(
      `INSERT INTO outbox_messages (id, topic, key, type, payload, status, completed_at)
      SELECT gen_random_uuid(), 't', 'k', 't', '{}', 'COMPLETED', now() - $1::interval FROM generate_series(1, 1100)`,
      [age],
    );
  await finish('6 days 23 hours');
  await finish('7 days 1 hour');
  const messagesPurged = vi.fn();
  start({ cron: EVERY_SECOND, observer: { messagesPurged } });
  await until('it purged', () => messagesPurged.mock.calls.length > 0);
  expect(messagesPurged).toHaveBeenNthCalledWith(1, 1_100);
  expect(await db.statuses()).toEqual({ COMPLETED: 1_100 });
});

it('reports a failed purge and a broken wake-up connection, and recovers', async () => {
  const purgeFailed = vi.fn();
  const listenerLost = vi.fn();
  const started = start({ cron: EVERY_SECOND, observer: { purgeFailed, listenerLost } });
  await until('it listens', started.isListening);
  await db.admin.query('REVOKE EXECUTE ON FUNCTION purge_finished_messages FROM lmt_relay');
  await db.admin.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'lmt-relay-listener'`,
  );
  await until(
    'both are reported',
    () => purgeFailed.mock.calls.length > 0 && listenerLost.mock.calls.length > 0,
  );
  await db.admin.query('GRANT EXECUTE ON FUNCTION purge_finished_messages TO lmt_relay');
  await until('it listens again', started.isListening);
});

it('claims nothing after it has stopped', async () => {
  const started = start({ cron: EVERY_SECOND });
  await until('it listens', started.isListening);
  await started.stop();
  await db.write([aMessage()]);
  started.wake();
  expect(await db.statuses()).toEqual({ PENDING: 1 });
  expect(publisher.calls).toEqual([]);
});
