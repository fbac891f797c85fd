// Chooses the account that Postgres runs under, because Postgres refuses to run as root.
import { execa, execaSync } from 'execa';

// `nobody` exists everywhere, so no account has to be created for a demo.
const CANDIDATES = ['postgres', 'nobody'];

interface Ids {
  readonly uid: number;
  readonly gid: number;
}

export interface Account {
  /** Options for spawn. */
  readonly ids: Partial<Ids>;
  /** The owner of the data folder. Null when the caller owns it. */
  readonly owner: Ids | null;
  /** Arguments to put before the Postgres command. */
  readonly prefix: readonly string[];
}

async function findIds(name: string): Promise<Ids | null> {
  try {
    const [uid, gid] = await Promise.all(['-u', '-g'].map((flag) => execa('id', [flag, name])));
    return { uid: Number(uid?.stdout), gid: Number(gid?.stdout) };
  } catch {
    return null;
  }
}

/** Chooses the caller's account, or for root another one that can reach the program and folder. */
export async function chooseAccount(program: string, folder: string): Promise<Account> {
  if (process.getuid?.() !== 0) return { ids: {}, owner: null, prefix: [] };
  let owner: Ids | null = null;
  for (const name of CANDIDATES) owner ??= await findIds(name);
  if (!owner) {
    throw new Error(
      'Postgres does not run as root and there is no user "postgres": create one (useradd -r postgres)',
    );
  }
  const canReach = (prefix: readonly string[], ids: Partial<Ids>) => {
    const [command = '', ...args] = [...prefix, '/bin/sh', '-c', 'test -x "$0" && cd "$1"', program, folder];
    return !execaSync(command, args, { ...ids, cwd: '/', reject: false }).failed;
  };
  if (canReach([], owner)) return { ids: owner, owner, prefix: [] };
  // The checkout is in a closed folder, such as root's home. The account gets only the right to
  // enter closed folders.
  const prefix = [
    'setpriv',
    `--reuid=${owner.uid}`,
    `--regid=${owner.gid}`,
    '--clear-groups',
    // Postgres looks for its own program with access(2), which would otherwise ignore that right.
    '--securebits=+no_setuid_fixup',
    '--inh-caps=+dac_override',
    '--ambient-caps=+dac_override',
  ];
  if (canReach(prefix, {})) return { ids: {}, owner, prefix };
  throw new Error(
    `Postgres does not run as root, and user ${owner.uid} can't reach ${folder}: ` +
      'move the checkout to a folder that others may enter, or work as an ordinary user',
  );
}
