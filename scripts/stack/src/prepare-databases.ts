// Creates the roles, databases and tables of the services.
import { DatabaseUrlError, readDatabaseUrl } from '@lmt/database-url';
import { databaseReason, type ProvisionedUrls, provision, REJECTED } from '@lmt/postgres';
import { migrateInventoryDatabase } from '@lmt/prisma-inventory';
import { migrateOrderDatabase } from '@lmt/prisma-order';
import type { Secrets } from './secrets.js';

/**
 * Idempotent and safe to run in two processes at the same time.
 *
 * @param adminUrl URL of a superuser
 * @returns each login's URL
 */
export async function prepareDatabases(adminUrl: string, { roles }: Pick<Secrets, 'roles'>) {
  const urls = await provision({ adminUrl, passwords: roles, ownsCluster: true, onWarning: console.warn });
  return migrate(urls);
}

/**
 * Does the same on a server with other databases. Unless `replacesRoles`, it keeps the passwords of
 * another installation's roles. The messages of its errors show no password.
 *
 * @param adminUrl URL of a login with CREATEROLE and CREATEDB
 */
export async function prepareExternalDatabases(
  adminUrl: string,
  { roles }: Pick<Secrets, 'roles'>,
  { replacesRoles }: { readonly replacesRoles: boolean },
) {
  const problem = findUrlProblem('ADMIN_DATABASE_URL', adminUrl);
  if (problem !== null) throw new Error(problem);
  const urls = await provision({ adminUrl, passwords: roles, replacesRoles, onWarning: console.warn }).catch(
    (error: Error) => {
      throw new Error(explainProvision(error).replace('--replace-roles', 'REPLACE_ROLES=true'), {
        cause: error,
      });
    },
  );
  return migrate(urls);
}

/** Returns the message for the operator who runs `provision`. */
export function explainProvision(error: Error & { readonly code?: string }): string {
  if (error.code === REJECTED) return error.message;
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

/** Returns why a URL cannot be that of the server itself, or null. Does not show its password. */
export function findUrlProblem(name: string, url: string): string | null {
  try {
    const { isPooled } = readDatabaseUrl(url);
    return isPooled ? `${name} names a pooler: connect to Postgres directly` : null;
  } catch (error) {
    if (!(error instanceof DatabaseUrlError)) throw error;
    return `${name} is wrong: ${error.message}`;
  }
}
