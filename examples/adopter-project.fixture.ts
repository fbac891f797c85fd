// A project of an adopter: the example, with the packed packages as dependencies.
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Tarball } from '@lmt/pack';
import { root } from '@lmt/stack';
import { execa } from 'execa';

const example = fileURLToPath(new URL('./booking', import.meta.url));

const COMPILER_OPTIONS = {
  target: 'es2023',
  module: 'nodenext',
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
  types: ['node'],
  rootDir: 'booking',
  outDir: 'dist',
};

const readManifest = async (folder: string) =>
  JSON.parse(await readFile(join(root, folder, 'package.json'), 'utf8'));

/** The versions that the repository has installed, which the package managers may have cached. */
async function readVersions(names: readonly string[], folder: string) {
  const versions = await Promise.all(
    names.map(async (name) => [name, (await readManifest(`${folder}/node_modules/${name}`)).version]),
  );
  return Object.fromEntries(versions);
}

/** Creates the folder `project` with the sources of the example and a package.json. */
export async function createProject(project: string, tarballs: readonly Tarball[]): Promise<void> {
  await mkdir(project);
  const packages = Object.fromEntries(tarballs.map(({ name, file }) => [name, `file:${file}`]));
  const manifest = {
    private: true,
    type: 'module',
    // The adopter uses kafkajs too, as it was published.
    dependencies: {
      ...packages,
      ...(await readVersions(['pg', 'uuid', 'zod'], 'examples')),
      kafkajs: '2.2.4',
    },
    devDependencies: {
      ...(await readVersions(['@types/pg'], 'examples')),
      ...(await readVersions(['@types/node'], '.')),
    },
    // pnpm would ask the registry for the packages that the packages depend on.
    pnpm: { overrides: packages },
  };
  const tsconfig = { compilerOptions: COMPILER_OPTIONS, include: ['booking'] };
  await writeFile(join(project, 'package.json'), JSON.stringify(manifest));
  await writeFile(join(project, 'tsconfig.json'), JSON.stringify(tsconfig));
  const isPart = (path: string) => !path.endsWith('.test.ts');
  await cp(example, join(project, 'booking'), { recursive: true, filter: isPart });
}

const PRISMA_SCHEMA = `generator client {
  provider            = "prisma-client"
  output              = "../booking/generated"
  runtime             = "nodejs"
  moduleFormat        = "esm"
  importFileExtension = "js"
}

datasource db {
  provider = "postgresql"
}
`;
const CONNECT = `import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaClient } from './generated/client.js';

export const connect = (url: string) =>
  new PrismaClient({ adapter: new PrismaPg({ connectionString: url }) });
`;

/** Lets a project use Prisma instead of node-postgres. Call it before the installation. */
export async function addPrisma(project: string): Promise<void> {
  const file = join(project, 'package.json');
  const manifest = JSON.parse(await readFile(file, 'utf8'));
  const client = await readVersions(['@prisma/client'], 'prisma/order');
  const adapter = await readVersions(['@prisma/adapter-pg'], 'packages/postgres');
  Object.assign(manifest.dependencies, client, adapter);
  await writeFile(file, JSON.stringify(manifest));
  await writeFile(join(project, 'booking/connect.ts'), CONNECT);
  const migrations = join(project, 'prisma/migrations');
  await mkdir(join(migrations, '20260101000000_bookings'), { recursive: true });
  await writeFile(join(project, 'prisma/schema.prisma'), PRISMA_SCHEMA);
  const tables = await Promise.all(
    ['booking-tables.sql', 'calendar-tables.sql'].map((name) => readFile(join(example, name), 'utf8')),
  );
  await writeFile(join(migrations, '20260101000000_bookings/migration.sql'), tables.join('\n'));
}

/** Runs the command of `@lmt/init` and generates the client. Returns the folder of the migrations. */
export async function initialisePrisma(cwd: string): Promise<string> {
  await execa(join(cwd, 'node_modules/.bin/lmt-init'), ['outbox', 'inbox'], { cwd });
  const cli = join(root, 'node_modules/prisma/build/index.js');
  // Otherwise the CLI would download its engine. Generating the client needs none.
  const env = { PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, CHECKPOINT_DISABLE: '1' };
  await execa(process.execPath, [cli, 'generate'], { cwd, env });
  return join(cwd, 'prisma/migrations');
}

/** Compiles a project in strict mode. */
export async function compile(cwd: string): Promise<void> {
  await execa(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', cwd], { cwd });
}
