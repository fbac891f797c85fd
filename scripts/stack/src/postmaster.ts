// Finds the server processes of a Postgres data folder: a postmaster and its children have the
// folder as their current directory. Only Linux shows the directory. Elsewhere the lists are empty.
import { readdir, readFile, readlink, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { sendSignal } from './pid.js';
import { poll } from './poll.js';

async function serverPids(data: string) {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const inside = await Promise.all(
    pids.map(async (pid) => (await readlink(`/proc/${pid}/cwd`).catch(() => '')) === data),
  );
  return pids.filter((_, index) => inside[index]).map(Number);
}

/** The server processes beside the postmaster. */
export async function childPids(data: string, postmaster: number): Promise<number[]> {
  if (process.platform === 'linux') return (await serverPids(data)).filter((pid) => pid !== postmaster);
  const { stdout } = await execa('pgrep', ['-P', String(postmaster)], { reject: false });
  return stdout.split('\n').filter(Boolean).map(Number);
}

/** Rejects if a postmaster runs in the folder. Removes the pid file of a killed postmaster. */
export async function rejectSecondPostmaster(data: string): Promise<void> {
  const pidFile = join(data, 'postmaster.pid');
  const pid = Number.parseInt(await readFile(pidFile, 'utf8').catch(() => ''), 10);
  if (Number.isNaN(pid) || process.platform !== 'linux') return;
  if ((await serverPids(data)).includes(pid)) {
    throw new Error(`another Postgres (process ${pid}) already runs on ${data}`);
  }
  // Postgres would refuse to start if another process of the same user now had this pid.
  await rm(pidFile, { force: true });
}

/**
 * Kills the children of a killed postmaster. Otherwise they would hold its shared memory until they
 * notice its death, which takes as long as the statement they are running.
 */
export async function killOrphans(data: string): Promise<void> {
  await poll('exit of the children of a killed Postgres', async () => {
    const orphans = await serverPids(data);
    for (const pid of orphans) sendSignal(pid, 'SIGKILL');
    return orphans.length === 0;
  });
}
