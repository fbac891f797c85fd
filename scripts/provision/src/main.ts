// npm run provision: creates the roles and databases on an existing Postgres, or prints the SQL.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { printProvision, provision, toProvisionedUrls } from '@lmt/postgres';
import { ensureSecrets, explainProvision, root } from '@lmt/stack';
import { ArgumentError, createCommand, parseText, runCommand } from '@lmt/terminal';
import { checkDatabaseUrl } from './check-url.js';
import { writeEnvFiles } from './env-files.js';

interface Options {
  readonly adminUrl?: string;
  readonly folder: string;
  readonly orderDatabase: string;
  readonly inventoryDatabase: string;
  readonly print: boolean;
  readonly replaceRoles: boolean;
}

async function run(options: Options): Promise<void> {
  const adminUrl = options.adminUrl ?? process.env.ADMIN_DATABASE_URL;
  if (!adminUrl) throw new ArgumentError('--admin-url or ADMIN_DATABASE_URL is missing (--help)');
  checkDatabaseUrl(options.adminUrl === undefined ? 'ADMIN_DATABASE_URL' : '--admin-url', adminUrl);
  if (options.orderDatabase === options.inventoryDatabase)
    throw new ArgumentError('--order-database and --inventory-database must differ');
  await mkdir(options.folder, { recursive: true, mode: 0o700 });
  const secrets = await ensureSecrets(options.folder);
  const plan = {
    adminUrl,
    passwords: secrets.roles,
    databases: { order: options.orderDatabase, inventory: options.inventoryDatabase },
    replacesRoles: options.replaceRoles,
    onWarning: console.error,
  };
  if (options.print) process.stdout.write(printProvision(plan));
  else
    await provision(plan).catch((error: Error) => {
      throw new Error(explainProvision(error), { cause: error });
    });
  await writeEnvFiles(options.folder, secrets, toProvisionedUrls(plan));
  const next = options.print ? 'a DBA runs the script with psql, then npm run migrate' : 'npm run migrate';
  console.error(`logins and secrets are in ${options.folder}; next: ${next}`);
}

await runCommand(
  createCommand('provision', 'Creates the roles and databases on an existing Postgres.')
    .option('--admin-url <url>', 'a login with CREATEROLE and CREATEDB (default: ADMIN_DATABASE_URL)')
    .option('--print', 'print a script for psql instead of connecting; the URL needs no password', false)
    .option(
      '--folder <folder>',
      'where passwords and env files are kept',
      parseText,
      join(root, '.provisioned'),
    )
    .option('--order-database <name>', 'name of the order database', parseText, 'lmt_order')
    .option('--inventory-database <name>', 'name of the inventory database', parseText, 'lmt_inventory')
    .option('--replace-roles', 'take over the roles of an earlier installation', false)
    .action(run),
);
