// Where the demo keeps its data, and where everything that looks for the running demo finds demo.json.
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** `.data` of this checkout, unless DEMO_DATA names another folder. */
export function dataLocation(env: NodeJS.ProcessEnv) {
  return env.DEMO_DATA ? resolve(env.DEMO_DATA) : fileURLToPath(new URL('../../../.data', import.meta.url));
}
