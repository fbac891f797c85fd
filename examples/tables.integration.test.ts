// Checks that the SQL in the packages creates the same tables as the demo's migrations.
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { expect, inject, it } from 'vitest';

const read = (path: string) => readFile(fileURLToPath(new URL(path, import.meta.url)), 'utf8');

/**
 * Reads columns, constraints, indexes, functions and storage settings of a table that `script`
 * creates.
 */
async function readShape(table: string, script: string) {
  const client = new pg.Client({ connectionString: inject('adminUrl') });
  await client.connect();
  try {
    const schema = `shape_${randomUUID().slice(0, 8)}`;
    await client.query(`CREATE SCHEMA ${schema}`);
    await client.query(`SET search_path = ${schema}`);
    await client.query(script);
    const { rows } = await client.query(
      `SELECT
        (SELECT jsonb_agg(jsonb_build_array(attname, format_type(atttypid, atttypmod), attnotnull, attidentity,
            pg_get_expr(adbin, adrelid)) ORDER BY attnum)
          FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
          WHERE attrelid = c.oid AND attnum > 0) AS columns,
        (SELECT jsonb_agg(pg_get_constraintdef(oid) ORDER BY conname) FROM pg_constraint
          WHERE conrelid = c.oid) AS constraints,
        (SELECT jsonb_agg(replace(indexdef, '${schema}.', '') ORDER BY indexname) FROM pg_indexes
          WHERE schemaname = '${schema}' AND tablename = '${table}') AS indexes,
        (SELECT jsonb_agg(replace(pg_get_functiondef(oid), '${schema}.', '') ORDER BY proname) FROM pg_proc
          WHERE pronamespace = '${schema}'::regnamespace) AS functions,
        c.reloptions
      FROM pg_class c WHERE c.oid = '${table}'::regclass`,
    );
    await client.query(`DROP SCHEMA ${schema} CASCADE`);
    return rows[0];
  } finally {
    await client.end();
  }
}

/** Reads a migration without its grants, because the roles may not exist. */
const readMigration = async (path: string) => (await read(path)).replaceAll(/^(GRANT|REVOKE)[^;]*;/gm, '');

it('outbox_messages.sql creates the table of the order service', async () => {
  const migration = await readMigration('../prisma/order/migrations/20261122000000_init/migration.sql');
  const shape = await readShape('outbox_messages', await read('../packages/outbox/sql/outbox_messages.sql'));
  const purge = await readMigration(
    '../prisma/order/migrations/20261126010000_purge_function_and_due_times/migration.sql',
  );
  const publications = await readMigration(
    '../prisma/order/migrations/20261126100000_publications/migration.sql',
  );
  const purgeById = await readMigration(
    '../prisma/order/migrations/20261127000000_purge_by_id/migration.sql',
  );
  expect(shape).toEqual(await readShape('outbox_messages', migration + purge + publications + purgeById));
});

it('inbox_messages.sql creates the table of the inventory service', async () => {
  const migration = await readMigration('../prisma/inventory/migrations/20261122000000_init/migration.sql');
  const shape = await readShape('inbox_messages', await read('../packages/inbox/sql/inbox_messages.sql'));
  const rename = await readMigration('../prisma/inventory/migrations/20261126000000_inbox_key/migration.sql');
  expect(shape).toEqual(await readShape('inbox_messages', migration + rename));
});
