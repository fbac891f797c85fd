import type { Secrets } from './secrets.js';
// The databases as the services need them: roles, databases, tables.

/**
 * Safe to repeat, and when two do it at once. What is compiled is loaded only now.
 *
 * @param adminUrl the superuser's
 * @returns each login's URL
 */
export async function prepareDatabases(adminUrl: string, { roles }: Secrets) {
  const [{ provision }, { migrateOrderDatabase }, { migrateInventoryDatabase }] = await Promise.all(
    ['postgres', 'order', 'inventory'].map((name) => import(`../../prisma/${name}/dist/index.js`)),
  );
  const urls = await provision({ adminUrl, passwords: roles });
  await migrateOrderDatabase(urls.owner.order);
  await migrateInventoryDatabase(urls.owner.inventory);
  return urls;
}
