// Installs the packed packages in a folder outside of the repository, as an adopter does, and runs the
// example there.
import { randomUUID } from 'node:crypto';
import { cp, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkTarball, packPackages, type Tarball } from '@lmt/pack';
import { root } from '@lmt/stack';
import { execa } from 'execa';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

const bootstrap = inject('kafkaBootstrap');
const example = fileURLToPath(new URL('./booking', import.meta.url));
const compiler = join(root, 'node_modules/typescript/bin/tsc');

/** A first installation downloads the dependencies. */
const INSTALLATION_MS = 180_000;

const readManifest = async (folder: string) =>
  JSON.parse(await readFile(join(root, folder, 'package.json'), 'utf8'));

/** The versions that the repository has installed, which the package managers have cached. */
async function readVersions(names: readonly string[]) {
  const versions = await Promise.all(
    names.map(async (name) => [name, (await readManifest(`examples/node_modules/${name}`)).version]),
  );
  return Object.fromEntries(versions);
}

async function createDatabase(...scripts: string[]): Promise<string> {
  const name = `adopter_${randomUUID().slice(0, 8)}`;
  const admin = new pg.Client({ connectionString: inject('adminUrl') });
  await admin.connect();
  await admin.query(`CREATE DATABASE ${name}`);
  await admin.end();
  const url = new URL(inject('adminUrl'));
  url.pathname = `/${name}`;
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  for (const script of scripts) await client.query(await readFile(script, 'utf8'));
  await client.end();
  return url.href;
}

let folder: string;
let tarballs: readonly Tarball[];

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'lmt-adopter-')));
  tarballs = await packPackages(folder);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('publint has no findings in any tarball', async () => {
  const findings = await Promise.all(tarballs.map(({ file }) => checkTarball(file)));
  expect(findings.flat()).toEqual([]);
});

/** Creates a project with the example and the tarballs as dependencies. */
async function createProject(name: string): Promise<string> {
  const project = join(folder, name);
  await mkdir(project);
  const packages = Object.fromEntries(
    tarballs.map(({ name: dependency, file }) => [dependency, `file:${file}`]),
  );
  const { devDependencies } = await readManifest('.');
  const manifest = {
    private: true,
    type: 'module',
    dependencies: { ...packages, ...(await readVersions(['pg', 'uuid', 'zod'])), kafkajs: '2.2.4' },
    devDependencies: {
      ...(await readVersions(['@types/pg'])),
      '@types/node': devDependencies['@types/node'],
    },
    // pnpm would ask the registry for the packages that the packages depend on.
    pnpm: { overrides: packages },
  };
  const compilerOptions = {
    target: 'es2023',
    module: 'nodenext',
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    types: ['node'],
    rootDir: 'booking',
    outDir: 'dist',
  };
  await writeFile(join(project, 'package.json'), JSON.stringify(manifest));
  await writeFile(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['booking'] }));
  const isPart = (path: string) => !path.endsWith('.test.ts');
  await cp(example, join(project, 'booking'), { recursive: true, filter: isPart });
  return project;
}

/** Lets the kafkajs that `importer` finds read metadata. The published one rejects a missing leader. */
async function readLeaders(importer: string): Promise<number[]> {
  const LEADER_NOT_AVAILABLE = 5;
  const { parse } = createRequire(importer)('kafkajs/src/protocol/requests/metadata/v0/response.js');
  const partitionMetadata = [
    { partitionErrorCode: 0, leader: 0 },
    { partitionErrorCode: LEADER_NOT_AVAILABLE, leader: -1 },
  ];
  const { topicMetadata } = await parse({ topicMetadata: [{ topicErrorCode: 0, partitionMetadata }] });
  return topicMetadata[0].partitionMetadata.map(({ leader }: { leader: number }) => leader);
}

describe.skipIf(bootstrap === null).concurrent('the example', () => {
  it.each([
    ['npm', 'npm', ['install', '--prefer-offline', '--no-audit', '--no-fund']],
    ['pnpm', 'npx', ['-y', 'pnpm@10.34.9', 'install', '--prefer-offline', '--no-frozen-lockfile']],
  ] as const)(
    'installed by %s, compiles and runs',
    async (name, program, args) => {
      const cwd = await createProject(name);
      await execa(program, args, { cwd });
      await execa(process.execPath, [compiler, '-p', cwd], { cwd });
      const modules = join(cwd, 'node_modules/@lmt');
      const urls = await Promise.all([
        createDatabase(
          join(cwd, 'booking/booking-tables.sql'),
          join(modules, 'outbox/sql/outbox_messages.sql'),
        ),
        createDatabase(
          join(cwd, 'booking/calendar-tables.sql'),
          join(modules, 'inbox/sql/inbox_messages.sql'),
        ),
      ]);
      const { stdout } = await execa(
        process.execPath,
        ['dist/main.js', ...urls, bootstrap ?? '', `${name}-`],
        {
          cwd,
        },
      );
      expect(JSON.parse(stdout)).toEqual([
        { room: 'blue', status: 'BOOKED' },
        { room: 'blue', status: 'REFUSED' },
        { room: 'red', status: 'BOOKED' },
      ]);

      // The adopter's own kafkajs stays as it was published.
      const messaging = await realpath(join(modules, 'messaging/package.json'));
      await expect(readLeaders(messaging)).resolves.toEqual([0, -1]);
      await expect(readLeaders(join(cwd, 'package.json'))).rejects.toThrow('no leader');
    },
    INSTALLATION_MS,
  );
});
