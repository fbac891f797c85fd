// A compose project of its own on the engine of this machine.
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { freePorts } from '../stack/ports.mjs';
import { root, run } from '../toolchain.mjs';

/** What the one who waits for a result does not want to wait for; the way is the same. */
const pace = { RESULT_DEADLINE_SECONDS: '5', RETRY_BASE_SECONDS: '2', RETRY_CAP_SECONDS: '10' };

/** Why there is no Docker engine with Compose here, or null. @returns {Promise<string | null>} */
export async function engineProblem() {
  const answers = (/** @type {string[]} */ ...args) =>
    run('docker', args).then(
      () => true,
      () => false,
    );
  if (!(await answers('info'))) return 'no Docker engine answers here';
  return (await answers('compose', 'version')) ? null : 'docker has no compose here';
}

/** @typedef {Awaited<ReturnType<typeof createProject>>} Project */

export async function createProject() {
  const name = `lmt-walk-${randomBytes(3).toString('hex')}`;
  const [order, inventory] = await freePorts(2);
  const env = { ...pace, ORDER_PORT: String(order), INVENTORY_PORT: String(inventory) };

  /** @param {string[]} args @returns {Promise<string>} what it printed */
  const docker = (args) => run('docker', args, { env });

  /** @param {string[]} args @returns {Promise<string>} what it printed */
  const compose = (args) => docker(['compose', '--project-name', name, ...args]);

  return {
    name,
    env,
    orderUrl: `http://127.0.0.1:${order}`,
    inventoryUrl: `http://127.0.0.1:${inventory}`,
    docker,
    compose,

    /**
     * Runs a script in the container of a service, with the secrets of that service.
     *
     * @param {string} service
     * @param {string} script
     * @param {number} [index] of several instances
     */
    inside: (service, script, index = 1) =>
      compose([
        ...['exec', '-T', '--index', String(index), service],
        ...['node', '--env-file=/run/secrets/env', '--eval', script],
      ]),

    /** Ids of the containers, also of those that have ended. @returns {Promise<string[]>} */
    containers: async () => (await compose(['ps', '--all', '--quiet'])).trim().split('\n').filter(Boolean),

    /** Everything, data too; before it returns. */
    removeNow() {
      const down = ['--profile=tools', 'down', '--volumes', '--timeout=1'];
      spawnSync('docker', ['compose', '--project-name', name, ...down], { cwd: root, stdio: 'ignore' });
    },

    /** @returns {Promise<string[]>} */
    running: async () => (await compose(['ps', '--quiet'])).trim().split('\n').filter(Boolean),
  };
}
