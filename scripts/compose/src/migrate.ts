// The second one-shot. Once Postgres is healthy, it creates databases, logins and tables, gives
// each service its secrets and loads the sample stock. Idempotent, because every start runs it.
import { join } from 'node:path';
import { connectInventoryDatabase } from '@lmt/prisma-inventory';
import {
  ensureSecrets,
  prepareDatabases,
  prepareExternalDatabases,
  SAMPLE_STOCK,
  serviceSecrets,
} from '@lmt/stack';
import { formatEnvFile, SECRETS_FOLDER, writeSecretFile } from './secret-file.js';

// Uses SQL because the inventory service, which loads the stock in the demo, starts later.
const INSERT_STOCK = `
WITH loaded AS (
  INSERT INTO stock_items (sku, available) SELECT key, value::integer FROM jsonb_each_text($1::jsonb)
  ON CONFLICT (sku) DO NOTHING RETURNING sku, available
)
INSERT INTO stock_movements (sku, kind, delta, reason)
SELECT sku, 'ADJUST', available, 'sample stock' FROM loaded`;

const secrets = await ensureSecrets(join(SECRETS_FOLDER, 'all'));
// compose.external.yml sets both variables. Only the Postgres of docker-compose.yml belongs to the demo.
const { ADMIN_DATABASE_URL: externalUrl, REPLACE_ROLES } = process.env;
const prepared =
  externalUrl === undefined
    ? prepareDatabases(`postgresql://postgres:${secrets.postgres}@postgres:5432/postgres`, secrets)
    : prepareExternalDatabases(externalUrl, secrets, { replacesRoles: REPLACE_ROLES === 'true' });
const urls = await prepared.catch((error: Error) => {
  // Without the stack: `docker compose logs migrate` then ends with the reason.
  console.error(error.message);
  process.exit(1);
});
console.log('databases, logins and tables are ready');

const credentials = { ...secrets, databases: urls, callbackSecret: secrets.callback };
for (const service of ['order', 'relay', 'inventory', 'console'] as const) {
  await writeSecretFile(service, 'env', formatEnvFile(serviceSecrets(service, 'kafka', credentials)));
}
const { order, inventory } = urls.auditor;
const auditorUrls = { ORDER_DATABASE_URL: order, INVENTORY_DATABASE_URL: inventory };
await writeSecretFile('verify', 'env', formatEnvFile(auditorUrls));
const verifierEnv = { ...auditorUrls, CONTROL_TOKEN: secrets.controlToken };
await writeSecretFile('verifier', 'env', formatEnvFile(verifierEnv));
console.log('each service has its secrets');

const database = connectInventoryDatabase({
  url: urls.owner.inventory,
  applicationName: 'lmt-migrate',
  poolSize: 1,
  onConnectionError: () => {},
});
const loaded = await database.$executeRawUnsafe(INSERT_STOCK, JSON.stringify(SAMPLE_STOCK));
await database.$disconnect();
if (loaded > 0) console.log(`sample stock loaded: ${loaded} SKUs`);
// The schema engine has a 10 s lock timer that nothing can cancel. The services wait for this exit.
process.exit();
