// Creates the roles, databases and tables of the services.
import { provision } from '@lmt/postgres';
import { migrateInventoryDatabase } from '@lmt/prisma-inventory';
import { migrateOrderDatabase } from '@lmt/prisma-order';
import type { Secrets } from './secrets.js';

/**
 * Idempotent and safe to run in two processes at the same time.
 *
 * @param adminUrl a superuser's, or, unless `ownsCluster`, a login's with CREATEROLE and CREATEDB
 * @returns each login's URL
 */
export async function prepareDatabases(
  adminUrl: string,
  { roles }: Pick<Secrets, 'roles'>,
  { ownsCluster = true } = {},
) {
  const urls = await provision({ adminUrl, passwords: roles, ownsCluster, onWarning: console.warn });
  await migrateOrderDatabase(urls.owner.order);
  await migrateInventoryDatabase(urls.owner.inventory);
  return urls;
}
