// The secrets of a stack: random, made at its first start, readable by their owner only.
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * @typedef {object} Secrets
 * @property {string} postgres the superuser's password
 * @property {{ owner: string, order: string, relay: string, inventory: string }} roles
 * @property {string} callback signs the results that inventory sends
 * @property {string} adminToken
 */

const fresh = () => randomBytes(24).toString('base64url');

/**
 * @param {string} folder
 * @returns {Promise<Secrets>}
 */
export async function secretsOf(folder) {
  const file = join(folder, 'secrets.json');
  const kept = await readFile(file, 'utf8').catch(() => null);
  if (kept) return JSON.parse(kept);
  /** @type {Secrets} */
  const made = {
    postgres: fresh(),
    roles: { owner: fresh(), order: fresh(), relay: fresh(), inventory: fresh() },
    callback: fresh(),
    adminToken: fresh(),
  };
  await writeFile(file, `${JSON.stringify(made, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
  return made;
}
