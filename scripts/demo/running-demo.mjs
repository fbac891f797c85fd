// What the running demo tells the other scripts: where everything is, with the logins.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dataLocation } from './data-location.mjs';

/**
 * @typedef {object} RunningDemo
 * @property {{ order: string, orderInternal: string }} urls
 * @property {{ order: string, inventory: string }} databases the owner's
 * @property {{ kind: 'kafka' | 'direct', bootstrap: string | null }} broker
 * @property {string} adminToken
 */

/** Null where none runs. @param {NodeJS.ProcessEnv} env @returns {Promise<RunningDemo | null>} */
export async function findDemo(env) {
  const content = await readFile(join(dataLocation(env), 'demo.json'), 'utf8').catch(() => null);
  return content === null ? null : JSON.parse(content);
}

/** @param {string} otherwise what else can be done */
export const noDemo = (otherwise) =>
  `the demo does not run here: start it with npm run demo, or ${otherwise}`;

/**
 * @param {NodeJS.ProcessEnv} env
 * @param {string} otherwise what can be done where none runs
 * @returns {Promise<RunningDemo>}
 */
export async function requireDemo(env, otherwise) {
  const demo = await findDemo(env);
  if (demo === null) throw new Error(noDemo(otherwise));
  return demo;
}
