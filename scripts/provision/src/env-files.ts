import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProvisionedUrls } from '@lmt/postgres';
import { type ensureSecrets, serviceSecrets } from '@lmt/stack';

type Secrets = Awaited<ReturnType<typeof ensureSecrets>>;

/** Writes one file per process for `node --env-file`, readable only by its owner. */
export async function writeEnvFiles(folder: string, secrets: Secrets, urls: ProvisionedUrls): Promise<void> {
  // Without a control channel, because only the demo and Compose have one.
  const credentials = {
    ...secrets,
    databases: urls,
    callbackSecret: secrets.callback,
    controlToken: undefined,
  };
  const toVariables = ({ order, inventory }: ProvisionedUrls['owner']) => ({
    ORDER_DATABASE_URL: order,
    INVENTORY_DATABASE_URL: inventory,
  });
  const files = {
    order: serviceSecrets('order', 'kafka', credentials),
    relay: serviceSecrets('relay', 'kafka', credentials),
    inventory: serviceSecrets('inventory', 'kafka', credentials),
    console: serviceSecrets('console', 'kafka', credentials),
    migrate: toVariables(urls.owner),
    verify: toVariables(urls.auditor),
  };
  for (const [name, variables] of Object.entries(files)) {
    const file = join(folder, `${name}.env`);
    const lines = Object.entries(variables).map(([variable, value]) => `${variable}="${value}"\n`);
    await writeFile(`${file}.new`, lines.join(''), { mode: 0o600 });
    await rename(`${file}.new`, file);
  }
}
