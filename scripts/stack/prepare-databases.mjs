// The databases as the services need them: roles, databases, tables.

/**
 * Safe to repeat, and when two do it at once. What is compiled is loaded only now.
 *
 * @param {string} adminUrl the superuser's
 * @param {import('./secrets.mjs').Secrets} secrets
 * @returns each login's URL
 */
export async function prepareDatabases(adminUrl, { roles }) {
  const [{ provision }, { migrateOrderDatabase }, { migrateInventoryDatabase }] = await Promise.all(
    ['postgres', 'order', 'inventory'].map((name) => import(`../../prisma/${name}/dist/index.js`)),
  );
  const urls = await provision({ adminUrl, passwords: roles });
  await migrateOrderDatabase(urls.owner.order);
  await migrateInventoryDatabase(urls.owner.inventory);
  return urls;
}
