import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { databaseCheck, openPool } from './open-pool.js';
import { createSql, type SqlClient } from './sql.js';

const admin = new pg.Client({ connectionString: inject('adminUrl') });
const name = `pooled_${randomUUID().slice(0, 8)}`;
const url = Object.assign(new URL(inject('adminUrl')), { pathname: `/${name}`, search: '?pooler=session' });
const clients: SqlClient[] = [];

function connect(): SqlClient {
  const sessionSettings = { lock_timeout: '1000' };
  const options = { url: url.href, applicationName: 'lmt-test', poolSize: 1, sessionSettings };
  const client = createSql(openPool({ ...options, onConnectionError: () => {} }));
  clients.push(client);
  return client;
}

beforeAll(async () => {
  await admin.connect();
  await admin.query(`CREATE DATABASE ${name}`);
  await admin.query(`ALTER DATABASE ${name} SET TimeZone = 'Asia/Tokyo'`);
});
afterAll(async () => {
  await Promise.all(clients.map((client) => client.$disconnect()));
  await admin.end();
});

it('a session through a pooler has the same settings as a direct one', async () => {
  const rows = await connect().$queryRawUnsafe(
    `SELECT current_setting('TimeZone') AS zone, current_setting('lock_timeout') AS lock,
      current_setting('statement_timeout') AS statement, current_setting('enable_seqscan') AS scan,
      current_setting('jit') AS jit`,
  );
  expect(rows).toEqual([{ zone: 'UTC', lock: '1s', statement: '10s', scan: 'off', jit: 'off' }]);
});

it('readiness names a pooler that shares the session with another client', async () => {
  // Like a session that keeps the settings of the client before.
  await admin.query(`ALTER DATABASE ${name} SET lmt.owner = 'taken'`);
  await expect(databaseCheck(connect())()).rejects.toThrow(
    'the pooler of the URL is not in session mode (pool_mode), or has no server_reset_query',
  );
});
