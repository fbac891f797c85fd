// Under which account Postgres runs: it refuses to work as root.
import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);

// `nobody` exists everywhere, so no account has to be created for a demo.
const candidates = ['postgres', 'nobody'];

export interface Account {
  /** for spawn */
  ids: { uid?: number; gid?: number };
  /** of the data folder, null when it is the caller */
  owner: { uid: number; gid: number } | null;
  /** a command to put before Postgres' own */
  prefix: string[];
}

async function idsOf(name: string) {
  try {
    const [uid, gid] = await Promise.all([execute('id', ['-u', name]), execute('id', ['-g', name])]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return null;
  }
}

/**
 * The caller's own account, unless that is root: then another one that can reach the program and
 * the folder.
 */
export async function accountFor({ program, folder }: { program: string; folder: string }): Promise<Account> {
  if (process.getuid?.() !== 0) return { ids: {}, owner: null, prefix: [] };
  let owner = null;
  for (const name of candidates) owner ??= await idsOf(name);
  if (!owner) {
    throw new Error(
      'Postgres does not run as root and there is no user "postgres": create one (useradd -r postgres)',
    );
  }
  const reaches = (prefix: string[], ids: { uid?: number; gid?: number }) => {
    const [command = '', ...args] = [...prefix, '/bin/sh', '-c', 'test -x "$0" && cd "$1"', program, folder];
    return spawnSync(command, args, { ...ids, cwd: '/', stdio: 'ignore' }).status === 0;
  };
  if (reaches([], owner)) return { ids: owner, owner, prefix: [] };
  // A checkout in root's home: the other account gets the right to pass closed folders, no more.
  const prefix = [
    'setpriv',
    `--reuid=${owner.uid}`,
    `--regid=${owner.gid}`,
    '--clear-groups',
    // Else access(2), with which Postgres looks for its own program, would not count the right.
    '--securebits=+no_setuid_fixup',
    '--inh-caps=+dac_override',
    '--ambient-caps=+dac_override',
  ];
  if (reaches(prefix, {})) return { ids: {}, owner, prefix };
  throw new Error(
    `Postgres does not run as root, and user ${owner.uid} can't reach ${folder}: ` +
      'move the checkout to a folder that others may enter, or work as an ordinary user',
  );
}
