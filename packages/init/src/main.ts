#!/usr/bin/env node
import { dirname, join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { addTables, SOURCES } from './add-tables.js';
import { InitError } from './plan-addition.js';

const USAGE = `Adds the tables of @lmt/outbox or @lmt/inbox to a Prisma schema and its migrations.

  lmt-init outbox [inbox] [--schema PATH] [--migrations FOLDER]

  --schema      schema file, or folder of a schema in several files; default: prisma/schema.prisma
  --migrations  default: the folder "migrations" beside the schema`;

const OPTIONS = {
  schema: { type: 'string', default: 'prisma/schema.prisma' },
  migrations: { type: 'string' },
  help: { type: 'boolean' },
} as const;

async function run(): Promise<void> {
  const { values, positionals } = parseArgs({ options: OPTIONS, allowPositionals: true });
  if (values.help) return console.log(USAGE);
  const sources = SOURCES.filter((source) => positionals.includes(source));
  const [unknown] = positionals.filter((word) => !sources.some((source) => source === word));
  if (unknown !== undefined || sources.length === 0)
    throw new InitError(
      `expected ${SOURCES.join(' or ')}, or both${unknown ? `, not ${unknown}` : ''}\n\n${USAGE}`,
    );
  if (values.schema === '' || values.migrations === '') throw new InitError('a path must not be empty');
  const project = process.cwd();
  const schema = resolve(values.schema);
  const migrations = resolve(values.migrations ?? join(dirname(schema), 'migrations'));
  const written = await addTables(sources, { schema, migrations, project, now: new Date() });
  for (const file of written) console.log(`wrote ${relative(project, file)}`);
  if (written.length === 0) return console.log('nothing to do: the schema has the tables');
  console.log('next: npx prisma migrate deploy && npx prisma generate');
}

try {
  await run();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
