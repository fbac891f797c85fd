// What somebody who got into a container, or reads what Docker tells about one, must not find.

import type { Project } from './project.js';

const allowed = {
  order: ['ADMIN_TOKEN', 'CALLBACK_SECRET', 'ORDER_DATABASE_URL'],
  relay: ['ORDER_DATABASE_URL'],
  inventory: ['ADMIN_TOKEN', 'CALLBACK_SECRET', 'INVENTORY_DATABASE_URL'],
};

/** Runs inside a service: what it can read and do there. */
const lookAround = `
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

/** @param project @throws if a service can read, write or become what it should not */
export async function tryToBreakOut(project: Project) {
  for (const [service, names] of Object.entries(allowed)) {
    const found = JSON.parse(await project.inside(service, lookAround));
    const wanted = { uid: 1000, names, secrets: 1, wrote: [], shell: false, root: false, environ: false };
    if (JSON.stringify(found) !== JSON.stringify(wanted))
      throw new Error(`inside ${service}: found ${JSON.stringify(found)}, not ${JSON.stringify(wanted)}`);
  }
}

/** @param project @throws if a secret stands in what Docker tells of the containers, or in their logs */
export async function lookForSecrets(project: Project) {
  const print = `const { postgres, roles, callback, adminToken } = JSON.parse(require('node:fs').readFileSync('/secrets/all/secrets.json'));
    console.log([postgres, ...Object.values(roles), callback, adminToken].join('\\n'))`;
  const secrets = (await project.compose(['run', '--rm', '-T', '--no-deps', 'migrate', '--eval', print]))
    .split('\n')
    .filter((line) => /^[\w-]{32}$/.test(line));
  if (secrets.length !== 7) throw new Error(`${secrets.length} secrets are known, not 7`);
  const told = await project.docker(['inspect', ...(await project.containers())]);
  const logged = await project.compose(['logs', '--no-color']);
  if (secrets.some((secret) => told.includes(secret))) throw new Error('docker inspect shows a secret');
  if (secrets.some((secret) => logged.includes(secret))) throw new Error('the logs show a secret');
}
