// Looks for secrets and rights that an attacker inside a container, or a reader of `docker inspect`, must
// not find.
import { isDeepStrictEqual } from 'node:util';
import type { Project } from './project.js';

const SECRET_NAMES = {
  order: ['ADMIN_TOKEN', 'CALLBACK_SECRET', 'ORDER_DATABASE_URL'],
  relay: ['ORDER_DATABASE_URL'],
  inventory: ['ADMIN_TOKEN', 'CALLBACK_SECRET', 'INVENTORY_DATABASE_URL'],
};
const SECRET_COUNT = 7;

/** Runs inside a service. */
const LOOK_AROUND = `
const fs = require('node:fs');
const tried = (work) => { try { work(); return true; } catch { return false; } };
const files = (folder) => fs.readdirSync(folder, { withFileTypes: true, recursive: true }).filter((e) => !e.isDirectory());
console.log(JSON.stringify({
  uid: process.getuid(),
  names: fs.readFileSync('/run/secrets/env', 'utf8').trim().split('\\n').map((l) => l.split('=')[0]).sort(),
  secrets: files('/run/secrets').length + files('/secrets').length,
  wrote: ['/app/x', '/tmp/x', '/run/secrets/x', '/x'].filter((file) => tried(() => fs.writeFileSync(file, ''))),
  shell: tried(() => require('node:child_process').execFileSync('/bin/sh', ['-c', 'true'])),
  root: tried(() => process.setuid(0)),
  environ: /SECRET|TOKEN|DATABASE_URL/.test(fs.readFileSync('/proc/1/environ', 'utf8')),
}));`;

const PRINT_SECRETS = `
const { postgres, roles, callback, adminToken } = JSON.parse(require('node:fs').readFileSync('/secrets/all/secrets.json'));
console.log([postgres, ...Object.values(roles), callback, adminToken].join('\\n'))`;

/** Throws if a service can read another's secrets, write a file or become root. */
export async function tryToBreakOut(project: Project): Promise<void> {
  for (const [service, names] of Object.entries(SECRET_NAMES)) {
    const found: unknown = JSON.parse(await project.runInside(service, LOOK_AROUND));
    const expected = { uid: 1000, names, secrets: 1, wrote: [], shell: false, root: false, environ: false };
    if (!isDeepStrictEqual(found, expected))
      throw new Error(`inside ${service}: found ${JSON.stringify(found)}, not ${JSON.stringify(expected)}`);
  }
}

/** Throws if `docker inspect` or the logs show a secret. */
export async function lookForSecrets(project: Project): Promise<void> {
  const printed = await project.compose([
    'run',
    '--rm',
    '-T',
    '--no-deps',
    'migrate',
    '--eval',
    PRINT_SECRETS,
  ]);
  const secrets = printed.split('\n').filter((line) => /^[\w-]{32}$/.test(line));
  if (secrets.length !== SECRET_COUNT)
    throw new Error(`${secrets.length} secrets found, not ${SECRET_COUNT}`);
  const inspected = await project.docker(['inspect', ...(await project.containerIds({ all: true }))]);
  const logged = await project.compose(['logs', '--no-color']);
  for (const secret of secrets) {
    if (inspected.includes(secret)) throw new Error('docker inspect shows a secret');
    if (logged.includes(secret)) throw new Error('the logs show a secret');
  }
}
