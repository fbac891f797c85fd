// Installs the packed packages in a folder outside of the repository, as an adopter does, and runs the
// example there: with npm and node-postgres, and with pnpm and Prisma.
import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, realpath, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkTarball, packPackages, type Tarball } from '@lmt/pack';
import { applyMigrations } from '@lmt/postgres/migrate';
import { execa } from 'execa';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { addPrisma, compile, createProject, initialisePrisma } from './adopter-project.fixture.js';
import { writeReadmeExamples } from './readme-examples.fixture.js';

const bootstrap = inject('kafkaBootstrap');

/** A first installation downloads the dependencies. */
const INSTALLATION_MS = 180_000;

let folder: string;
let tarballs: readonly Tarball[];

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'lmt-adopter-')));
  tarballs = await packPackages(folder);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function createDatabase(): Promise<string> {
  const name = `adopter_${randomUUID().slice(0, 8)}`;
  const admin = new pg.Client({ connectionString: inject('adminUrl') });
  await admin.connect();
  await admin.query(`CREATE DATABASE ${name}`);
  await admin.end();
  return new URL(name, inject('adminUrl')).href;
}

async function runScripts(url: string, files: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  for (const file of files) await client.query(await readFile(file, 'utf8'));
  await client.end();
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

async function expectCorrectedKafkajs(cwd: string): Promise<void> {
  const messaging = await realpath(join(cwd, 'node_modules/@lmt/messaging/package.json'));
  await expect(readLeaders(messaging)).resolves.toEqual([0, -1]);
  await expect(readLeaders(join(cwd, 'package.json'))).rejects.toThrow('no leader');
}

/** Every package contains the licence and the documents, and messaging the licence of kafkajs. */
async function expectDocuments(modules: string, packages: readonly string[]): Promise<void> {
  const documents = ['LICENSE', 'README.md', 'CHANGELOG.md'];
  for (const name of packages)
    expect(await readdir(join(modules, name)), name).toEqual(expect.arrayContaining(documents));
  const kafkajs = await readdir(join(modules, '@lmt/messaging/node_modules/kafkajs'));
  expect(kafkajs).toContain('LICENSE');
}

/** Runs the compiled example on two databases and Kafka. */
async function expectBookings(cwd: string, urls: readonly string[], prefix: string): Promise<void> {
  const args = ['dist/main.js', ...urls, bootstrap ?? '', prefix];
  const { stdout } = await execa(process.execPath, args, { cwd });
  expect(JSON.parse(stdout)).toEqual([
    { room: 'blue', status: 'BOOKED' },
    { room: 'blue', status: 'REFUSED' },
    { room: 'red', status: 'BOOKED' },
  ]);
}

it('publint has no findings in any tarball', async () => {
  const findings = await Promise.all(tarballs.map(({ file }) => checkTarball(file)));
  expect(findings.flat()).toEqual([]);
});

describe.skipIf(bootstrap === null).concurrent('the example runs from the tarballs', () => {
  it('installed by npm, on node-postgres', { timeout: INSTALLATION_MS }, async () => {
    const cwd = join(folder, 'npm');
    await createProject(cwd, tarballs);
    await execa('npm', ['install', '--prefer-offline', '--include=dev', '--no-audit', '--no-fund'], { cwd });
    await expectCorrectedKafkajs(cwd);
    const modules = join(cwd, 'node_modules');
    const packages = tarballs.map(({ name }) => name);
    await expectDocuments(modules, packages);
    expect(await writeReadmeExamples(modules, packages, join(cwd, 'booking/readme'))).toBeGreaterThan(0);
    await compile(cwd);
    const urls = await Promise.all([createDatabase(), createDatabase()]);
    const [bookings = '', calendar = ''] = urls;
    await runScripts(bookings, [
      join(cwd, 'booking/booking-tables.sql'),
      join(modules, '@lmt/outbox/sql/outbox_messages.sql'),
    ]);
    await runScripts(calendar, [
      join(cwd, 'booking/calendar-tables.sql'),
      join(modules, '@lmt/inbox/sql/inbox_messages.sql'),
    ]);
    await expectBookings(cwd, urls, 'npm-');
  });

  it('installed by pnpm, on Prisma with the tables of lmt-init', { timeout: INSTALLATION_MS }, async () => {
    const cwd = join(folder, 'pnpm');
    await createProject(cwd, tarballs);
    await addPrisma(cwd);
    const install = [
      '-y',
      'pnpm@10.34.9',
      'install',
      '--prefer-offline',
      '--prod=false',
      '--no-frozen-lockfile',
    ];
    await execa('npx', install, { cwd });
    await expectCorrectedKafkajs(cwd);
    const migrations = await initialisePrisma(cwd);
    await compile(cwd);
    const urls = await Promise.all([createDatabase(), createDatabase()]);
    await Promise.all(urls.map((url) => applyMigrations(url, migrations)));
    await expectBookings(cwd, urls, 'pnpm-');
  });
});
