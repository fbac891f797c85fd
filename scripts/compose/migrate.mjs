// The second container to run, once Postgres answers: makes the databases, gives each service its own
// secrets, loads the sample stock. Safe to repeat: it runs at every `docker compose up`.
import { join } from 'node:path';
import { loadSampleStock } from '../demo/sample-stock.mjs';
import { prepareDatabases } from '../stack/prepare-databases.mjs';
import { secretsOf } from '../stack/secrets.mjs';
import { serviceSecrets } from '../stack/service-env.mjs';
import { envFile, secretsFolder, writeSecretFile } from './secret-file.mjs';

/** @typedef {import('../stack/service-env.mjs').Service} Service */

/** @param {string} url @returns {Promise<string[]>} */
async function loadStock(url) {
  // Compiled, so not there for whoever only reads this file.
  const [{ connectInventoryDatabase }, { adjustStock }] = await Promise.all([
    import(String('../../prisma/inventory/dist/index.js')),
    import(String('../../services/inventory/dist/adjust-stock.js')),
  ]);
  const database = connectInventoryDatabase({
    url,
    applicationName: 'lmt-migrate',
    poolSize: 1,
    onConnectionError: () => {},
  });
  try {
    return await loadSampleStock({
      isKnown: async (sku) => (await database.stockItem.findUnique({ where: { sku } })) !== null,
      adjust: (sku, adjustment) => adjustStock(database, sku, adjustment),
    });
  } finally {
    await database.$disconnect();
  }
}

const secrets = await secretsOf(join(secretsFolder, 'all'));
const adminUrl = new URL('postgresql://postgres@postgres:5432/postgres');
adminUrl.password = secrets.postgres;

const urls = await prepareDatabases(adminUrl.href, secrets);
console.log('databases, logins and tables are there');

const credentials = { databases: urls, callbackSecret: secrets.callback, adminToken: secrets.adminToken };
for (const service of /** @type {Service[]} */ (['order', 'relay', 'inventory'])) {
  await writeSecretFile(service, 'env', envFile(serviceSecrets(service, 'kafka', credentials)));
}
const { order, inventory } = urls.owner;
await writeSecretFile(
  'verify',
  'env',
  envFile({ ORDER_DATABASE_URL: order, INVENTORY_DATABASE_URL: inventory }),
);
console.log('each service has its secrets');

const loaded = await loadStock(urls.inventory);
if (loaded.length > 0) console.log(`sample stock loaded: ${loaded.join(', ')}`);
