// Creates the random secrets of a stack at its first start, readable only by their owner.
import { randomBytes } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Role } from '@lmt/postgres';

export interface Secrets {
  /** The superuser's password. */
  readonly postgres: string;
  readonly roles: Readonly<Record<Role, string>>;
  /** Signs the results that inventory sends. */
  readonly callback: string;
  readonly adminToken: string;
}

const randomSecret = () => randomBytes(24).toString('base64url');

/** Reads the secrets of a folder, or creates all of them. A crash during creation leaves none. */
export async function ensureSecrets(folder: string): Promise<Secrets> {
  const file = join(folder, 'secrets.json');
  const existing = await readFile(file, 'utf8').catch(() => null);
  if (existing) return JSON.parse(existing);
  const secrets: Secrets = {
    postgres: randomSecret(),
    roles: {
      owner: randomSecret(),
      order: randomSecret(),
      relay: randomSecret(),
      inventory: randomSecret(),
    },
    callback: randomSecret(),
    adminToken: randomSecret(),
  };
  const unfinished = `${file}.${process.pid}`;
  await writeFile(unfinished, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  // Unlike a rename, a link never replaces a file that another process has created meanwhile.
  await link(unfinished, file).finally(() => rm(unfinished, { force: true }));
  return secrets;
}
