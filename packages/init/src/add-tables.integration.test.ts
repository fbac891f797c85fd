import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { applyMigrations } from '@lmt/postgres/migrate';
import { findDrift } from '@lmt/postgres/migration-drift';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { addTables } from './add-tables.js';

const SCHEMA = `datasource db {
  provider = "postgresql"
}

model Booking {
  id   String @id @db.Uuid
  room String

  @@map("bookings")
}
`;
const MIGRATION = 'CREATE TABLE bookings (id uuid PRIMARY KEY, room text NOT NULL);';
const now = new Date('2027-01-15T10:20:30Z');

let project: string;
let schema: string;
let migrations: string;

/** Creates a project with a table of its own, in which the two packages are installed. */
beforeEach(async () => {
  project = await mkdtemp(join(tmpdir(), 'lmt-init-'));
  schema = join(project, 'schema.prisma');
  migrations = join(project, 'migrations');
  await mkdir(join(migrations, '20270101000000_init'), { recursive: true });
  await mkdir(join(project, 'node_modules/@lmt'), { recursive: true });
  await writeFile(schema, SCHEMA);
  await writeFile(join(migrations, '20270101000000_init/migration.sql'), MIGRATION);
  await writeFile(join(migrations, 'migration_lock.toml'), 'provider = "postgresql"\n');
  for (const name of ['outbox', 'inbox']) {
    const installed = fileURLToPath(new URL(`../../${name}`, import.meta.url));
    await symlink(installed, join(project, 'node_modules/@lmt', name));
  }
});
afterEach(() => rm(project, { recursive: true, force: true }));

async function createDatabase(): Promise<string> {
  const name = `init_${randomUUID().slice(0, 8)}`;
  const admin = new pg.Client({ connectionString: inject('adminUrl') });
  await admin.connect();
  await admin.query(`CREATE DATABASE ${name}`);
  await admin.end();
  return new URL(name, inject('adminUrl')).href;
}

describe('adding the tables', () => {
  it('leaves a project in which Prisma finds nothing to migrate', async () => {
    const options = { project, schema, migrations, now };
    expect(await addTables(['outbox', 'inbox'], options)).toHaveLength(4);
    const url = await createDatabase();
    await applyMigrations(url, migrations);
    expect(await findDrift(url, schema)).toMatch(/empty migration/);
    expect(await readFile(schema, 'utf8')).toContain(SCHEMA);
    expect(await addTables(['outbox', 'inbox'], options)).toEqual([]);
  });

  it('adds a file to a schema in several files, and the lock file of a first migration', async () => {
    const folder = join(project, 'schema');
    const first = join(project, 'first');
    await mkdir(folder);
    await writeFile(join(folder, 'base.prisma'), SCHEMA);
    // Not a part of the schema.
    await mkdir(join(folder, 'node_modules'));
    await writeFile(join(folder, 'node_modules/other.prisma'), 'model InboxMessage {\n}\n');
    const options = { project, schema: folder, migrations: first, now };
    expect(await addTables(['inbox'], options)).toEqual([
      join(first, 'migration_lock.toml'),
      join(first, '20270115102030_inbox_messages/migration.sql'),
      join(folder, 'inbox_messages.prisma'),
    ]);
    expect(await readFile(join(folder, 'base.prisma'), 'utf8')).toBe(SCHEMA);
    expect(await readdir(folder)).toHaveLength(3);
  });

  it('changes nothing if the package is not installed, or the schema is missing', async () => {
    await rm(join(project, 'node_modules/@lmt/inbox'));
    const options = { project, schema, migrations, now };
    await expect(addTables(['inbox'], options)).rejects.toThrow('@lmt/inbox is not installed');
    const missing = { ...options, schema: join(project, 'prisma/schema.prisma') };
    await expect(addTables(['outbox'], missing)).rejects.toThrow('name the schema with --schema');
    expect(await readdir(migrations)).toHaveLength(2);
  });
});
