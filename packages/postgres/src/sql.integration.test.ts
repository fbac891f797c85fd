import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { openPool } from './open-pool.js';
import { createSql, type SqlClient } from './sql.js';
import { createTestDatabase, type TestDatabase } from './test-database.fixture.js';

let test: TestDatabase<SqlClient>;
let sql: SqlClient;
beforeAll(async () => {
  test = await createTestDatabase({
    adminUrl: inject('adminUrl'),
    name: 'sql',
    side: 'order',
    migrate: async () => {},
    connect: (options) => createSql(openPool(options)),
  });
  sql = test.connect(test.urls.order, { applicationName: 'lmt-order', poolSize: 2 });
});
afterAll(() => test.close());

const ID = '01900000-0000-7000-8000-000000000001';
const AT = new Date('2026-01-02T03:04:05.678Z');

it.each([
  ['int8', '1::int8', 1n],
  ['int4', '1', 1],
  ['float8', '1.5::float8', 1.5],
  ['bool', 'true', true],
  ['timestamptz', `'2026-01-02 04:04:05.678+01'::timestamptz`, AT],
  ['jsonb', `'{"a": [1]}'::jsonb`, { a: [1] }],
  ['uuid', `'${ID}'::uuid`, ID],
  ['text[]', `'{a,NULL}'::text[]`, ['a', null]],
  ['NULL', 'NULL::int8', null],
])('returns %s as Prisma does', async (_, expression, value) => {
  expect(await sql.$queryRawUnsafe(`SELECT ${expression} AS value`)).toEqual([{ value }]);
});

it.each([
  ['timestamptz', AT, AT],
  ['text[]', ['a', undefined, 'b"\\'], ['a', null, 'b"\\']],
  ['uuid[]', [ID], [ID]],
  ['int4[]', [1, 2], [1, 2]],
  ['jsonb', { a: [AT] }, { a: [AT.toISOString()] }],
  ['int4', undefined, null],
  ['int8', 1n, 1n],
  ['bool', false, false],
])('sends %s', async (type, sent, value) => {
  expect(await sql.$queryRawUnsafe(`SELECT $1::${type} AS value`, sent)).toEqual([{ value }]);
});

it('returns the number of rows that a statement changed', async () => {
  await test.admin.query(`
    CREATE TABLE numbers AS SELECT generate_series(1, 3) AS n;
    GRANT SELECT, DELETE ON numbers TO PUBLIC`);
  expect(await sql.$executeRawUnsafe('DELETE FROM numbers WHERE n > $1', 1)).toBe(2);
});

it('reports the loss of a connection that is in use, and continues on another', async () => {
  const failure = sql.$transaction(async (tx) => {
    const [session] = await tx.$queryRawUnsafe<{ pid: number }[]>('SELECT pg_backend_pid() AS pid');
    await test.admin.query('SELECT pg_terminate_backend($1)', [session?.pid]);
    await tx.$executeRawUnsafe('SELECT 1');
  });
  await expect(failure).rejects.toThrow();
  expect(await sql.$queryRawUnsafe('SELECT 1 AS one')).toEqual([{ one: 1 }]);
});
