// The second container to run, once Postgres answers: makes the databases, gives each service its own
// secrets, loads the sample stock. Safe to repeat: it runs at every `docker compose up`.
import { join } from 'node:path';
import { loadSampleStock } from '@lmt/demo';
import type { Service } from '@lmt/stack';
import { prepareDatabases, secretsOf, serviceSecrets } from '@lmt/stack';
import { envFile, secretsFolder, writeSecretFile } from './secret-file.js';

async function loadStock(url: string): Promise<string[]> {
  // Compiled, so not there for whoever only reads this file.
  const [{ connectInventoryDatabase }, { adjustStock }] = await Promise.all([
    import(String('../../prisma/inventory/dist/index.js')),
    import(String('../../services/inventory/dist/stock/adjust.js')),
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
for (const service of ['order', 'relay', 'inventory'] as Service[]) {
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
