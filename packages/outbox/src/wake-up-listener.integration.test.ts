import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTlsServer } from '@lmt/postgres/tls-server';
import { startTcpProxy } from '@lmt/stack';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { enqueueMany } from './enqueue.js';
import { aMessage, createOutboxDatabase, type OutboxDatabase, until } from './order-database.fixture.js';
import { createPublishLoop, type PublishLoop } from './publish-loop.js';
import { createScriptedPublisher, publishOptions } from './scripted-publisher.fixture.js';
import { listenForWakeUps } from './wake-up-listener.js';

let db: OutboxDatabase;
let loop: PublishLoop;
let listener: ReturnType<typeof listenForWakeUps>;
let lost: Error[];
let publisher: ReturnType<typeof createScriptedPublisher>;

beforeAll(async () => {
  db = await createOutboxDatabase();
});
beforeEach(async () => {
  await db.empty();
  lost = [];
  publisher = createScriptedPublisher();
  // There is no cron tick, so only the listener wakes the loop.
  loop = createPublishLoop({
    ...publishOptions(db.relay, publisher),
    stallMs: 30_000,
    monotonicNow: () => performance.now(),
    sleep: async () => {},
    observer: {
      databaseFailed(error) {
        throw error;
      },
    },
  });
  listener = listenForWakeUps({
    url: db.urls.relay,
    reconnectMs: 50,
    onWakeUp: loop.wake,
    onLost: (reason) => lost.push(reason),
  });
  await until('it listens', listener.isListening);
});
afterEach(async () => {
  await listener.close();
  await loop.stop();
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
  it('publishes messages when their transaction commits', async () => {
    await db.write([aMessage()]);
    await until('it is sent', () => publisher.sent.length === 1);
    await db.write([aMessage(), aMessage()]);
    await until('they are sent', () => publisher.sent.length === 3);
  });

  it('publishes messages committed during a disconnect once it has reconnected', async () => {
    for (let cut = 1; cut <= 5; cut++) {
      await db.order.$transaction(
        async (tx) => {
          await enqueueMany(tx, [aMessage()]);
          await cutListener();
          await until('the loss was noticed', () => lost.length === cut);
          // The commit's signal is lost unless the listener has already reconnected.
        },
        { timeout: 60_000 },
      );
      await until('it is sent', () => publisher.sent.length === cut);
    }
    await until('it listens', listener.isListening);
    expect(await listeners()).toHaveLength(1);
    expect(lost).toHaveLength(5);
  });

  it('retries while the database refuses it, and then keeps only one connection', async () => {
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

  it('reconnects although the file of the CA is gone', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'wake-up-listener-'));
    const file = join(folder, 'ca.pem');
    writeFileSync(file, '');
    const search = `?sslmode=verify-full&sslrootcert=${file}`;
    const refused: Error[] = [];
    const refusing = listenForWakeUps({
      url: Object.assign(new URL(db.urls.relay), { search }).href,
      reconnectMs: 1,
      onWakeUp: () => {},
      onLost(reason) {
        refused.push(reason);
        rmSync(folder, { recursive: true, force: true });
      },
    });
    await until('it has retried', () => refused.length >= 2);
    await refusing.close();
  });

  it('leaves no connection and no retry when it is closed, even while it connects', async () => {
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

describe('a listening connection', () => {
  it.each(['', '?sslmode=no-verify'])('silent-tls: is replaced when it is silent (%s)', async (search) => {
    const postgres = Number(new URL(db.urls.relay).port);
    const tls = await startTlsServer(postgres);
    const proxy = await startTcpProxy(search === '' ? postgres : tls.port);
    const url = Object.assign(new URL(db.urls.relay), { port: String(proxy.port), search }).href;
    const silent = listenForWakeUps({
      url,
      reconnectMs: 50,
      probeMs: 100,
      onWakeUp: () => {},
      onLost: (reason) => lost.push(reason),
    });
    try {
      await until('it listens', silent.isListening);
      proxy.inject({ kind: 'stall' });
      await until('the loss was noticed', () => !silent.isListening());
      proxy.inject({ kind: 'pass' });
      await until('it listens again', silent.isListening);
    } finally {
      await silent.close();
      await proxy.close();
      await tls.close();
    }
  });

  it('read-only-primary: leaves a database that turned read-only', async () => {
    const name = new URL(db.urls.relay).pathname.slice(1);
    const sticky = listenForWakeUps({
      url: db.urls.relay,
      reconnectMs: 50,
      probeMs: 100,
      onWakeUp: () => {},
      onLost: (reason) => lost.push(reason),
    });
    try {
      await until('it listens', sticky.isListening);
      await db.admin.query(`ALTER DATABASE ${name} SET default_transaction_read_only = on`);
      await cutListener();
      await until('it is refused', () => lost.some(({ message }) => message === 'the database is read-only'));
      expect(sticky.isListening()).toBe(false);
      await db.admin.query(`ALTER DATABASE ${name} RESET default_transaction_read_only`);
      await until('it listens again', sticky.isListening);
    } finally {
      await db.admin.query(`ALTER DATABASE ${name} RESET default_transaction_read_only`);
      await sticky.close();
    }
  });
});
