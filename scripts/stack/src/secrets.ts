// Creates the random secrets of a stack at its first start, readable only by their owner.
import { randomBytes } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Role } from '@lmt/postgres';

export interface Secrets {
  /** The superuser's password. */
  readonly postgres: string;
  readonly roles: Readonly<Record<Role, string>>;
  /** Signs the results that inventory sends. */
  readonly callback: string;
  /** An operators' token that the demo's order and inventory services both accept. */
  readonly adminToken: string;
  /** Each service's own operators' token. */
  readonly adminTokens: { readonly order: string; readonly inventory: string };
  /** The console's own operators' tokens. */
  readonly consoleTokens: { readonly order: string; readonly inventory: string };
  /** Part of the link that opens the console. */
  readonly signInToken: string;
  /** Lets the console of docker compose call the verifier. */
  readonly controlToken: string;
}

const randomSecret = () => randomBytes(24).toString('base64url');

function createSecrets(): Secrets {
  return {
    postgres: randomSecret(),
    roles: {
      owner: randomSecret(),
      order: randomSecret(),
      relay: randomSecret(),
      inventory: randomSecret(),
      auditor: randomSecret(),
    },
    callback: randomSecret(),
    adminToken: randomSecret(),
    adminTokens: { order: randomSecret(), inventory: randomSecret() },
    consoleTokens: { order: randomSecret(), inventory: randomSecret() },
    signInToken: randomSecret(),
    controlToken: randomSecret(),
  };
}

/** The error does not quote the text, as that of JSON.parse does. */
function parseSecrets(text: string, file: string): Partial<Secrets> {
  try {
    const secrets: unknown = JSON.parse(text);
    if (typeof secrets === 'object' && secrets !== null) return secrets;
  } catch {
    // Reported below.
  }
  throw new Error(`${file} is damaged: restore it from a backup, or delete it to create new secrets`);
}

/**
 * Reads the secrets of a folder, or creates all of them. Adds secrets that an older version did not
 * have. After a crash during creation, none of the new secrets is stored.
 */
export async function ensureSecrets(folder: string): Promise<Secrets> {
  const file = join(folder, 'secrets.json');
  const existing = await readFile(file, 'utf8').catch(() => null);
  const stored = existing === null ? null : parseSecrets(existing, file);
  const created = createSecrets();
  const secrets: Secrets = { ...created, ...stored, roles: { ...created.roles, ...stored?.roles } };
  const content = `${JSON.stringify(secrets, null, 2)}\n`;
  if (content === existing) return secrets;
  const unfinished = `${file}.${process.pid}`;
  await writeFile(unfinished, content, { mode: 0o600 });
  if (stored !== null) await rename(unfinished, file);
  // Unlike a rename, a link never replaces a file that another process has just created.
  else await link(unfinished, file).finally(() => rm(unfinished, { force: true }));
  return secrets;
}
