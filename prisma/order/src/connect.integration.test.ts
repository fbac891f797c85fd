import { databaseFailure } from '@lmt/postgres';
import { createTestDatabase, type TestDatabase } from '@lmt/postgres/test-database';
import { startTlsServer } from '@lmt/postgres/tls-server';
import { startTcpProxy, type TcpProxy } from '@lmt/stack';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { connectOrderDatabase, migrateOrderDatabase, type OrderDatabase } from './index.js';

let test: TestDatabase<OrderDatabase>;
let tls: Awaited<ReturnType<typeof startTlsServer>>;
beforeAll(async () => {
  test = await createTestDatabase({
    adminUrl: inject('adminUrl'),
    name: 'connect',
    side: 'order',
    migrate: migrateOrderDatabase,
    connect: (options) => connectOrderDatabase({ ...options, silenceMs: 2_000 }),
  });
  tls = await startTlsServer(Number(new URL(test.urls.order).port));
});
afterAll(async () => {
  await test.close();
  await tls.close();
});

function connect({ port, search = '' }: { readonly port?: number; readonly search?: string } = {}) {
  const url = new URL(test.urls.order);
  if (port !== undefined) url.port = String(port);
  return test.connect(Object.assign(url, { search }).href, { applicationName: 'lmt-order', poolSize: 1 });
}

describe.each(['without TLS', 'with TLS'])('a silent connection %s', (kind) => {
  let proxy: TcpProxy;
  let database: OrderDatabase;
  beforeAll(async () => {
    const isTls = kind === 'with TLS';
    proxy = await startTcpProxy(isTls ? tls.port : Number(new URL(test.urls.order).port));
    const search = isTls ? `?sslmode=verify-full&sslrootcert=${encodeURIComponent(tls.certFile)}` : '';
    database = connect({ port: proxy.port, search });
  });
  afterAll(() => proxy.close());

  it('silent-tls: it is cut, the database is unavailable, and work continues on a new connection', async () => {
    await database.$queryRaw`SELECT 1`;
    const failure = database.$transaction(async (tx) => {
      await tx.$queryRaw`SELECT 1`;
      proxy.inject({ kind: 'stall' });
      await tx.$queryRaw`SELECT 2`;
    });
    const error = await failure.then(
      () => null,
      (reason) => reason,
    );
    expect(databaseFailure(error)).toBe('unavailable');
    proxy.inject({ kind: 'pass' });
    expect(await database.$queryRaw`SELECT 3 AS three`).toEqual([{ three: 3 }]);
  });

  it('silent-tls: it is not cut while its statements are answered in time', async () => {
    const readPid = () => database.$queryRaw`SELECT pg_backend_pid() FROM pg_sleep(0.3)`;
    const first = await readPid();
    for (let statements = 0; statements < 10; statements += 1) expect(await readPid()).toEqual(first);
  });
});

describe('the environment', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it('url-parameters: no PG* variable of the environment changes a connection', async () => {
    const variables = {
      PGHOST: '203.0.113.1',
      PGPORT: '1',
      PGUSER: 'nobody',
      PGPASSWORD: 'wrong',
      PGPASSFILE: '/nowhere',
      PGDATABASE: 'nothing',
      PGOPTIONS: '-c statement_timeout=1 -c TimeZone=Asia/Tokyo -c default_transaction_read_only=on',
      PGAPPNAME: 'other',
      PGSSLMODE: 'verify-full',
      PGSSLNEGOTIATION: 'direct',
      PGCLIENT_ENCODING: 'latin1',
      PGREPLICATION: 'database',
      PGBINARY: '1',
      PGCONNECT_TIMEOUT: '1',
    };
    const before = await readSettings(connect());
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
    expect(await readSettings(connect())).toEqual(before);
    expect(before).toMatchObject([{ application_name: 'lmt-order', zone: 'UTC', timeout: '10s' }]);
    expect(await migrateOrderDatabase(test.urls.owner.order)).toEqual([]);
  });

  const readSettings = (database: OrderDatabase) => database.$queryRaw`
    SELECT current_setting('application_name') AS application_name, current_setting('TimeZone') AS zone,
      current_setting('statement_timeout') AS timeout, current_setting('client_encoding') AS encoding,
      current_setting('transaction_read_only') AS read_only, current_user::text, current_database()::text`;
});

it('never plans a sequential scan, however small a table was when the plan was made', async () => {
  const [setting] = await connect().$queryRaw<{ enable_seqscan: string }[]>`SHOW enable_seqscan`;
  expect(setting?.enable_seqscan).toBe('off');
});
