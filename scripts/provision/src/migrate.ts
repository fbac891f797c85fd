// npm run migrate: applies the pending migrations of both databases, as their owner.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { databaseReason } from '@lmt/postgres';
import { migrateInventoryDatabase } from '@lmt/prisma-inventory';
import { migrateOrderDatabase } from '@lmt/prisma-order';
import { root } from '@lmt/stack';
import { ArgumentError, createCommand, parseText, runCommand } from '@lmt/terminal';
import { checkDatabaseUrl } from './check-url.js';

const MIGRATIONS = [
  { variable: 'ORDER_DATABASE_URL', migrate: migrateOrderDatabase },
  { variable: 'INVENTORY_DATABASE_URL', migrate: migrateInventoryDatabase },
] as const;

async function run({ folder }: { readonly folder: string }): Promise<void> {
  const file = await readFile(join(folder, 'migrate.env'), 'utf8').catch(() => '');
  const env = { ...parseEnv(file), ...process.env };
  for (const { variable, migrate } of MIGRATIONS) {
    const url = env[variable];
    if (!url) throw new ArgumentError(`${variable} is missing: run npm run provision first (--help)`);
    checkDatabaseUrl(variable, url);
    const applied = await migrate(url).catch((error: Error) => {
      throw new Error(`${variable}: ${databaseReason(error) ?? error.message}`, { cause: error });
    });
    console.log(`${variable}: ${applied.length === 0 ? 'up to date' : `applied ${applied.join(', ')}`}`);
  }
}

await runCommand(
  createCommand('migrate', "Applies the pending migrations with the owner's URLs.")
    .option('--folder <folder>', 'the folder of npm run provision', parseText, join(root, '.provisioned'))
    .addHelpText('after', '\nORDER_DATABASE_URL and INVENTORY_DATABASE_URL replace the URLs of the folder.')
    .action(run),
);
// The schema engine has a 10 s lock timer that nothing can cancel.
process.exit();
