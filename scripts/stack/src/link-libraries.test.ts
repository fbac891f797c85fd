import { mkdir, mkdtemp, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { linkLibraries } from './link-libraries.js';

test('ignore-scripts: creates missing links to the libraries of Postgres, and keeps existing links', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lmt-links-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const library = (name: string) => join(folder, 'native', 'lib', name);
  await mkdir(join(folder, 'native', 'lib'), { recursive: true });
  await writeFile(library('libicuuc.so.60.2'), 'library');
  await writeFile(library('libicuuc.so'), 'of pnpm');
  const links = ['libicuuc.so', 'libicuuc.so.60'].map((name) => ({
    source: 'native/lib/libicuuc.so.60.2',
    target: `native/lib/${name}`,
  }));
  await writeFile(join(folder, 'native', 'pg-symlinks.json'), JSON.stringify(links));
  for (let start = 0; start < 2; start += 1) {
    await linkLibraries(folder);
    expect(await readlink(library('libicuuc.so.60'))).toBe('libicuuc.so.60.2');
    expect(await readFile(library('libicuuc.so.60'), 'utf8')).toBe('library');
    expect(await readFile(library('libicuuc.so'), 'utf8')).toBe('of pnpm');
  }
});
