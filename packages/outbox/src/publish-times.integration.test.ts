import { afterAll, beforeAll, expect, it } from 'vitest';
import { findMessage } from './find-messages.js';
import { aMessage, createOutboxDatabase, type OutboxDatabase } from './order-database.fixture.js';
import { createScriptedPublisher, publishDue, publishOptions } from './scripted-publisher.fixture.js';
import type { Sql } from './sql.js';

let db: OutboxDatabase;
beforeAll(async () => {
  db = await createOutboxDatabase();
});
afterAll(() => db.close());

const SLOW_MS = 20;

/** Delays each reply, as a slow claim does. */
const slow: Sql = {
  async $queryRawUnsafe<T>(text: string, ...values: unknown[]) {
    const rows = await db.relay.$queryRawUnsafe<T>(text, ...values);
    for (const start = performance.now(); performance.now() - start <= SLOW_MS; );
    return rows;
  },
  $executeRawUnsafe: (text, ...values) => db.relay.$executeRawUnsafe(text, ...values),
};

it('places a publication after the reply of a slow claim', async () => {
  const message = aMessage();
  await db.write([message]);
  await publishDue(publishOptions(slow, createScriptedPublisher()));
  const found = await findMessage(db.order, message.id);
  expect(Number(found?.publishedAt) - Number(found?.claimedAt)).toBeGreaterThanOrEqual(SLOW_MS);
});
