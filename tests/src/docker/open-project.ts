// A compose project with its own name, ports and volumes.
import { freePorts, root } from '@lmt/stack';
import { execa } from 'execa';
import { afterAll, beforeEach, inject } from 'vitest';

/** Why no compose project can run here, or null. */
export const dockerUnavailable = inject('dockerUnavailable');

/** Shorter waits than the defaults. */
const PACE = { RESULT_DEADLINE_SECONDS: '5', RETRY_BASE_SECONDS: '2', RETRY_CAP_SECONDS: '10' };

export type Project = Awaited<ReturnType<typeof openProject>>;

/** Does not start the project. Prints its logs after a failed test and removes it at the end. */
export async function openProject(suffix: string) {
  const name = `${inject('composeProject')}-${suffix}`;
  const [order, inventory, consolePort] = await freePorts(3);
  const env = {
    ...PACE,
    COMPOSE_PROJECT_NAME: name,
    ORDER_PORT: String(order),
    INVENTORY_PORT: String(inventory),
    CONSOLE_PORT: String(consolePort),
  };

  /** Returns the command's standard output. */
  const docker = async (args: readonly string[]) => (await execa('docker', args, { env, cwd: root })).stdout;
  const compose = (args: readonly string[]) => docker(['compose', ...args]);

  beforeEach(({ onTestFailed }) => {
    onTestFailed(async () => {
      const services = ['order', 'relay', 'inventory', 'migrate'];
      console.error(await compose(['logs', '--tail=40', ...services]).catch(() => ''));
    });
  });
  afterAll(() => compose(['--profile=tools', 'down', '--volumes', '--timeout=1']));

  return {
    name,
    env,
    orderUrl: `http://127.0.0.1:${order}`,
    inventoryUrl: `http://127.0.0.1:${inventory}`,
    consoleUrl: `http://127.0.0.1:${consolePort}`,
    docker,
    compose,

    /** Runs a script inside a service's container, with that service's secrets. */
    runInside: (service: string, script: string, index = 1) =>
      compose([
        ...['exec', '-T', '--index', String(index), service],
        ...['node', '--env-file=/run/secrets/env', '--eval', script],
      ]),

    containerIds: async ({ all }: { readonly all: boolean }) =>
      (await compose(['ps', ...(all ? ['--all'] : []), '--quiet'])).trim().split('\n').filter(Boolean),
  };
}
