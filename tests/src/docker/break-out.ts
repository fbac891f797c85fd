// Looks for secrets and rights that an attacker inside a container must not find.
import type { Project } from './open-project.js';

export const SECRET_NAMES = {
  order: ['ADMIN_TOKENS', 'CALLBACK_SECRET', 'ORDER_DATABASE_URL'],
  relay: ['ORDER_DATABASE_URL'],
  inventory: ['ADMIN_TOKENS', 'CALLBACK_SECRET', 'INVENTORY_DATABASE_URL'],
  console: ['CONTROL_TOKEN', 'INVENTORY_ADMIN_TOKEN', 'ORDER_ADMIN_TOKEN', 'SIGN_IN_TOKEN'],
  verifier: ['CONTROL_TOKEN', 'INVENTORY_DATABASE_URL', 'ORDER_DATABASE_URL'],
};

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
const secrets = JSON.parse(require('node:fs').readFileSync('/secrets/all/secrets.json'));
const leaves = (value) => (typeof value === 'string' ? [value] : Object.values(value).flatMap(leaves));
console.log(leaves(secrets).join('\\n'))`;

/**
 * Tries to read others' secrets, write files and become root inside a service. Returns findings.
 */
export const lookAround = async (project: Project, service: string): Promise<unknown> =>
  JSON.parse(await project.runInside(service, LOOK_AROUND));

export async function readSecrets({ compose }: Project): Promise<string[]> {
  const printed = await compose(['run', '--rm', '-T', '--no-deps', 'migrate', '--eval', PRINT_SECRETS]);
  return printed.split('\n').filter((line) => /^[\w-]{32}$/.test(line));
}
