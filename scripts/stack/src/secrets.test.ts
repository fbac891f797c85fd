import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ensureSecrets } from './secrets.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'secrets-'));
});
afterEach(() => rm(folder, { recursive: true }));

it('creates the secrets once', async () => {
  const created = await ensureSecrets(folder);
  expect(await ensureSecrets(folder)).toEqual(created);
});

it('gives order, inventory and console different tokens', async () => {
  const { adminToken, adminTokens, consoleTokens, signInToken, controlToken } = await ensureSecrets(folder);
  const ofServices = [...Object.values(adminTokens), ...Object.values(consoleTokens)];
  expect(new Set([adminToken, ...ofServices, signInToken, controlToken]).size).toBe(7);
});

it("adds the auditor's password to the secrets of an older version and keeps the other secrets", async () => {
  const { auditor: _, ...roles } = (await ensureSecrets(folder)).roles;
  const file = join(folder, 'secrets.json');
  const older = { ...JSON.parse(await readFile(file, 'utf8')), roles };
  await writeFile(file, JSON.stringify(older));
  const completed = await ensureSecrets(folder);
  expect(completed).toEqual({ ...older, roles: { ...roles, auditor: expect.stringMatching(/^.{32}$/) } });
  expect(await ensureSecrets(folder)).toEqual(completed);
});

it.each(['', 'hush', 'null', '{"postgres": "hush'])(
  'names a damaged file without its text: %s',
  async (text) => {
    const file = join(folder, 'secrets.json');
    await writeFile(file, text);
    await expect(ensureSecrets(folder)).rejects.toThrow(
      new Error(`${file} is damaged: restore it from a backup, or delete it to create new secrets`),
    );
  },
);
