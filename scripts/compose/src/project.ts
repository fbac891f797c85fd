// A compose project with its own name, ports and volumes.
import { randomBytes } from 'node:crypto';
import { freePorts, root } from '@lmt/stack';
import { execa } from 'execa';

/** Shorter waits than the defaults. */
const PACE = { RESULT_DEADLINE_SECONDS: '5', RETRY_BASE_SECONDS: '2', RETRY_CAP_SECONDS: '10' };

/** Returns null when a Docker engine with Compose answers. */
export async function engineProblem(): Promise<string | null> {
  const succeeds = async (...args: string[]) => !(await execa('docker', args, { reject: false })).failed;
  if (!(await succeeds('info'))) return 'no Docker engine answers here';
  return (await succeeds('compose', 'version')) ? null : 'docker has no compose here';
}

export type Project = Awaited<ReturnType<typeof createProject>>;

/** An aborted signal ends the running docker command. */
export async function createProject(signal: AbortSignal) {
  const name = `lmt-walk-${randomBytes(3).toString('hex')}`;
  const [order, inventory] = await freePorts(2);
  const env = {
    ...PACE,
    COMPOSE_PROJECT_NAME: name,
    ORDER_PORT: String(order),
    INVENTORY_PORT: String(inventory),
  };
  const options = { env, cwd: root, cancelSignal: signal };

  /** Returns what the command printed. */
  const docker = async (args: readonly string[]) => (await execa('docker', args, options)).stdout;
  const compose = (args: readonly string[]) => docker(['compose', ...args]);

  return {
    name,
    env,
    orderUrl: `http://127.0.0.1:${order}`,
    inventoryUrl: `http://127.0.0.1:${inventory}`,
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

    recentLogs: () => compose(['logs', '--tail=40', 'order', 'relay', 'inventory', 'migrate']),

    /** Removes containers, networks and volumes, also after an interruption. */
    async remove() {
      const down = ['compose', '--profile=tools', 'down', '--volumes', '--timeout=1'];
      await execa('docker', down, { env, cwd: root, stdio: 'ignore', reject: false });
    },
  };
}
