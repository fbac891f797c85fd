// Where the demo keeps its data, and where everything that looks for the running demo finds demo.json.
import { join, resolve } from 'node:path';
import { root } from '../toolchain.mjs';

/** `.data` of this checkout, unless DEMO_DATA names another folder. @param {NodeJS.ProcessEnv} env */
export function dataLocation(env) {
  return env.DEMO_DATA ? resolve(env.DEMO_DATA) : join(root, '.data');
}
