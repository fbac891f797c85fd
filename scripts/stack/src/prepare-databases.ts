// Creates the roles, databases and tables of the services.
import { DatabaseUrlError, readDatabaseUrl, toConnection } from '@lmt/database-url';
import { databaseReason, type ProvisionedUrls, provision, toProvisionedUrls } from '@lmt/postgres';
import { migrateInventoryDatabase } from '@lmt/prisma-inventory';
import { migrateOrderDatabase } from '@lmt/prisma-order';
import pg from 'pg';
import type { Secrets } from './secrets.js';

/**
 * Idempotent and safe to run in two processes at the same time.
 *
 * @param adminUrl a superuser's
 * @returns each login's URL
 */
export async function prepareDatabases(adminUrl: string, { roles }: Pick<Secrets, 'roles'>) {
  const urls = await provision({ adminUrl, passwords: roles, ownsCluster: true, onWarning: console.warn });
  return migrate(urls);
}

/**
 * Does the same on a server that also serves others. Unless `replacesRoles`, it keeps the passwords of
 * another installation's roles. The messages of its errors show no password.
 *
 * @param adminUrl a login's with CREATEROLE and CREATEDB
 */
export async function prepareExternalDatabases(
  adminUrl: string,
  { roles }: Pick<Secrets, 'roles'>,
  { replacesRoles }: { readonly replacesRoles: boolean },
) {
  rejectWrongUrl(adminUrl);
  const plan = { adminUrl, passwords: roles, onWarning: console.warn };
  const isRepeated = await signsIn(toProvisionedUrls(plan).owner.order);
  const urls = await provision({ ...plan, replacesRoles: replacesRoles || isRepeated }).catch(
    (error: Error) => {
      throw new Error(explainProvision(error).replace('--replace-roles', 'REPLACE_ROLES=true'), {
        cause: error,
      });
    },
  );
  return migrate(urls);
}

/** The message for a person who runs `provision` on an own server. */
export function explainProvision(error: Error & { readonly code?: string }): string {
  const reason =
    error.code === '42501'
      ? 'the login needs CREATEROLE, CREATEDB and, for existing roles, their ADMIN option; --print prints the SQL'
      : databaseReason(error);
  return reason === null ? error.message : `${error.message}: ${reason}`;
}

async function migrate(urls: ProvisionedUrls): Promise<ProvisionedUrls> {
  await migrateOrderDatabase(urls.owner.order);
  await migrateInventoryDatabase(urls.owner.inventory);
  return urls;
}

function rejectWrongUrl(url: string): void {
  try {
    if (!readDatabaseUrl(url).isPooled) return;
  } catch (error) {
    if (!(error instanceof DatabaseUrlError)) throw error;
    throw new Error(`ADMIN_DATABASE_URL is wrong: ${error.message}`);
  }
  throw new Error('ADMIN_DATABASE_URL names a pooler: connect to Postgres directly');
}

/** Whether the server accepts the URL's password, even if the database does not exist. */
async function signsIn(url: string): Promise<boolean> {
  const client = new pg.Client({
    ...toConnection(url, { applicationName: 'lmt-migrate' }),
    connectionTimeoutMillis: 15_000,
  });
  try {
    await client.connect();
    await client.end();
    return true;
  } catch (error) {
    return (error as { readonly code?: string }).code === '3D000';
  }
}
