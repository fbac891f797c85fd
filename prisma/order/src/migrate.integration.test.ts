import { createTestDatabase } from '@lmt/postgres/test-database';
import { expect, inject, it } from 'vitest';
import { connectOrderDatabase, migrateOrderDatabase } from './index.js';

it('migration-lock: processes that start at once build an index concurrently without waiting for each other', async () => {
  const applied: string[][] = [];
  const test = await createTestDatabase({
    adminUrl: inject('adminUrl'),
    name: 'migrate',
    side: 'order',
    migrate: async (url) => {
      applied.push(...(await Promise.all([1, 2, 3].map(() => migrateOrderDatabase(url)))));
    },
    connect: connectOrderDatabase,
  });
  await test.close();
  expect(applied.map(({ length }) => length > 0).sort()).toEqual([false, false, true]);
  expect(applied.flat()).toContain('20261126030000_customer_key_index');
});
