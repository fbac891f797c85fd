// A compose project of its own on the engine of this machine.
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { freePorts, root } from '@lmt/stack';
import { execa } from 'execa';

/** What the one who waits for a result does not want to wait for; the way is the same. */
const pace = { RESULT_DEADLINE_SECONDS: '5', RETRY_BASE_SECONDS: '2', RETRY_CAP_SECONDS: '10' };

/** Why there is no Docker engine with Compose here, or null. */
export async function engineProblem(): Promise<string | null> {
  const answers = (...args: string[]) =>
    execa('docker', args).then(
      () => true,
      () => false,
    );
  if (!(await answers('info'))) return 'no Docker engine answers here';
  return (await answers('compose', 'version')) ? null : 'docker has no compose here';
}

export type Project = Awaited<ReturnType<typeof createProject>>;

export async function createProject() {
  const name = `lmt-walk-${randomBytes(3).toString('hex')}`;
  const [order, inventory] = await freePorts(2);
  const env = { ...pace, ORDER_PORT: String(order), INVENTORY_PORT: String(inventory) };

  /** @returns what it printed */
  const docker = (args: string[]): Promise<string> =>
    execa('docker', args, { env, cwd: root }).then(({ stdout }) => stdout);

  /** @returns what it printed */
  const compose = (args: string[]): Promise<string> => docker(['compose', '--project-name', name, ...args]);

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
     * @param index of several instances
     */
    inside: (service: string, script: string, index: number = 1) =>
      compose([
        ...['exec', '-T', '--index', String(index), service],
        ...['node', '--env-file=/run/secrets/env', '--eval', script],
      ]),

    /** Ids of the containers, also of those that have ended. */
    containers: async (): Promise<string[]> =>
      (await compose(['ps', '--all', '--quiet'])).trim().split('\n').filter(Boolean),

    /** Everything, data too; before it returns. */
    removeNow() {
      const down = ['--profile=tools', 'down', '--volumes', '--timeout=1'];
      spawnSync('docker', ['compose', '--project-name', name, ...down], { cwd: root, stdio: 'ignore' });
    },

    running: async (): Promise<string[]> =>
      (await compose(['ps', '--quiet'])).trim().split('\n').filter(Boolean),
  };
}
