// The secrets of a stack: random, made at its first start, readable by their owner only.
import { randomBytes } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface Secrets {
  /** the superuser's password */
  postgres: string;
  roles: { owner: string; order: string; relay: string; inventory: string };
  /** signs the results that inventory sends */
  callback: string;
  adminToken: string;
}

const fresh = () => randomBytes(24).toString('base64url');

/** Those of a folder, made there if there are none. Killed in between, it leaves all of them or none. */
export async function secretsOf(folder: string): Promise<Secrets> {
  const file = join(folder, 'secrets.json');
  const kept = await readFile(file, 'utf8').catch(() => null);
  if (kept) return JSON.parse(kept);
  const made: Secrets = {
    postgres: fresh(),
    roles: { owner: fresh(), order: fresh(), relay: fresh(), inventory: fresh() },
    callback: fresh(),
    adminToken: fresh(),
  };
  const written = `${file}.${process.pid}`;
  await writeFile(written, `${JSON.stringify(made, null, 2)}\n`, { mode: 0o600 });
  // Unlike a rename it never replaces what another process has made meanwhile.
  await link(written, file).finally(() => rm(written, { force: true }));
  return made;
}
