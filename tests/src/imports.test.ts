import { readdir, readFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { root } from '@lmt/stack';
import { expect, it } from 'vitest';

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

const isTest = (file: string) => /\.(test|fixture|contract|test-support)\.ts$/.test(file);
const packageOf = (specifier: string) => specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');

async function sourcesOf(folder: string): Promise<string[]> {
  const entries = await readdir(join(folder, 'src'), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !file.includes('/generated/'));
}

async function importsOf(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8');
  const found = text.matchAll(
    /(?:^(?:import|export)\s[^;]*?from\s*|^import\s*|\bimport\()\s*'([^'.][^']*)'/gm,
  );
  return [...found].map(([, specifier = '']) => specifier).filter((specifier) => !isBuiltin(specifier));
}

/** Packages may find more: what the root depends on lies above them. */
it('a file imports only what the package.json of its own package names', async () => {
  const wrong: string[] = [];
  let seen = 0;
  for (const group of ['packages', 'services', 'prisma']) {
    for (const name of await readdir(join(root, group))) {
      const folder = join(root, group, name);
      const manifest: Manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
      const atRun = new Set([manifest.name, ...Object.keys(manifest.dependencies ?? {})]);
      const inTests = new Set([...atRun, ...Object.keys(manifest.devDependencies ?? {}), 'vitest']);
      for (const file of await sourcesOf(folder)) {
        for (const specifier of await importsOf(file)) {
          seen += 1;
          const allowed = isTest(file) ? inTests : atRun;
          // A type leaves nothing behind.
          if (allowed.has(packageOf(specifier)) || inTests.has(`@types/${packageOf(specifier)}`)) continue;
          wrong.push(`${relative(root, file)} imports ${specifier}`);
        }
      }
    }
  }
  expect(wrong).toEqual([]);
  expect(seen).toBeGreaterThan(100);
});

it('kafkajs is used in one place, services use no Postgres driver and none of each other', async () => {
  const wrong: string[] = [];
  for (const group of ['packages', 'services']) {
    for (const name of await readdir(join(root, group))) {
      const folder = join(root, group, name);
      for (const file of await sourcesOf(folder)) {
        const path = relative(root, file);
        for (const specifier of (await importsOf(file)).map(packageOf)) {
          const misplaced =
            (specifier === 'kafkajs' && !dirname(path).startsWith('packages/messaging/src/kafka')) ||
            (specifier === 'pg' && group === 'services' && !isTest(file)) ||
            /^@lmt\/(order|relay|inventory)(-service)?$/.test(specifier);
          if (misplaced) wrong.push(`${path} imports ${specifier}`);
        }
      }
    }
  }
  expect(wrong).toEqual([]);
});
