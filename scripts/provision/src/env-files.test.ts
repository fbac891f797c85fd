import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { toProvisionedUrls } from '@lmt/postgres';
import { ensureSecrets } from '@lmt/stack';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeEnvFiles } from './env-files.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'provisioned-'));
});
afterEach(() => rm(folder, { recursive: true }));

it('writes private files, each with the secrets of one process only', async () => {
  const secrets = await ensureSecrets(folder);
  const adminUrl = 'postgresql://dba:hush@db:1/postgres?sslmode=verify-full&sslrootcert=/a b/%23c.pem';
  const urls = toProvisionedUrls({ adminUrl, passwords: secrets.roles });
  await writeEnvFiles(folder, secrets, urls);

  const names = (await readdir(folder)).filter((name) => name.endsWith('.env'));
  const files = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  for (const name of await readdir(folder)) expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);

  const { roles, callback, signInToken } = secrets;
  const holders = (secret: string) => names.filter((_, index) => files[index]?.includes(secret));
  expect(Object.fromEntries(Object.entries(roles).map(([role, value]) => [role, holders(value)]))).toEqual({
    owner: ['migrate.env'],
    order: ['order.env'],
    relay: ['relay.env'],
    inventory: ['inventory.env'],
    auditor: ['verify.env'],
  });
  expect(holders(callback)).toEqual(['inventory.env', 'order.env']);
  expect(holders(signInToken)).toEqual(['console.env']);
  expect(holders(secrets.controlToken)).toEqual([]);
  expect(holders('hush')).toEqual([]);
  expect(parseEnv(files[names.indexOf('order.env')] ?? '').ORDER_DATABASE_URL).toBe(urls.order);
});
