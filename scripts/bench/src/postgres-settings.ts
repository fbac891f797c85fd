// Settings of the stack's Postgres that a measurement needs.
import type { Stack } from '@lmt/stack';
import pg from 'pg';

export type PostgresSettings = Readonly<Record<string, string>>;

/** Restarts Postgres with the settings. */
export async function changePostgresSettings(stack: Stack, settings: PostgresSettings) {
  const client = new pg.Client({ connectionString: stack.adminUrl });
  client.on('error', () => {});
  await client.connect();
  try {
    for (const [name, value] of Object.entries(settings)) {
      await client.query(`ALTER SYSTEM SET ${name} = '${value}'`);
    }
  } finally {
    await client.end();
  }
  await stack.stop('postgres');
  await stack.start('postgres');
  await Promise.all(stack.names.filter((name) => stack.findInstance(name)).map((name) => stack.ready(name)));
}
