import { createSql, openPool, type SqlClient } from '@lmt/postgres';
import { startWireProxy, type WireProxy } from '@lmt/postgres/wire-proxy';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RELAY_SESSION_SETTINGS } from './claim-batch.js';
import { aMessage, createOutboxDatabase, type OutboxDatabase } from './order-database.fixture.js';
import { createScriptedPublisher, publishDue, publishOptions } from './scripted-publisher.fixture.js';

let db: OutboxDatabase;
let proxy: WireProxy;
let sql: SqlClient;
beforeAll(async () => {
  db = await createOutboxDatabase();
  const url = new URL(db.urls.relay);
  proxy = await startWireProxy(Number(url.port));
  sql = createSql(
    openPool({
      url: Object.assign(url, { port: String(proxy.port) }).href,
      applicationName: 'lmt-relay',
      poolSize: 1,
      sessionSettings: RELAY_SESSION_SETTINGS,
      onConnectionError: () => {},
    }),
  );
});
afterAll(async () => {
  await sql.$disconnect();
  await db.close();
  await proxy.close();
});

it('takes two round trips to claim and record a lone message, with plans made once', async () => {
  const publisher = createScriptedPublisher();
  await sql.$queryRawUnsafe('SELECT 1');
  for (let message = 1; message <= 20; message++) {
    await db.write([aMessage()]);
    const publish = () => publishDue(publishOptions(sql, publisher));
    expect(await proxy.countRoundTrips(publish)).toBe(2);
  }
  // Postgres plans the first five executions of a prepared statement.
  const plans = await sql.$queryRawUnsafe(
    `SELECT custom_plans::int AS custom, generic_plans::int AS generic FROM pg_prepared_statements
    WHERE statement LIKE '%UPDATE outbox_messages%' AND statement NOT LIKE '%pg_prepared_statements%'`,
  );
  const plannedOnce = { custom: 5, generic: 15 };
  expect(plans).toEqual([plannedOnce, plannedOnce]);
});
