// Finds the services' internal ports and their operator tokens.
import { ArgumentError, findDemo, noDemo } from '@lmt/terminal';

export interface Service {
  readonly name: 'order service' | 'inventory';
  readonly url: string;
  readonly token: string;
}

/**
 * Finds the service to call. The running demo's token is used for the running demo only. Any other
 * token comes from the environment, because other users of the machine can read arguments.
 */
export async function findService(option: string | undefined, env: NodeJS.ProcessEnv): Promise<Service> {
  const { ORDER_INTERNAL_URL, INTERNAL_PORT } = env;
  const token = readToken(env);
  if (option) return withToken(requireUrl('--url', option), token);
  if (ORDER_INTERNAL_URL) return withToken(requireUrl('ORDER_INTERNAL_URL', ORDER_INTERNAL_URL), token);
  const demo = await findDemo(env);
  if (demo !== null)
    return { name: 'order service', url: demo.urls.orderInternal, token: demo.adminTokens.order };
  // Without a URL, a token means that the command runs in the order service's container.
  if (token) return withToken(`http://127.0.0.1:${INTERNAL_PORT || 3100}`, token);
  throw new ArgumentError(
    noDemo('name the order service with --url or ORDER_INTERNAL_URL and set ADMIN_TOKEN'),
  );
}

/**
 * Finds the inventory that belongs to `order`. The running demo's inventory belongs to the demo's
 * order service only. Returns null if the inventory is not known.
 */
export async function findInventory(order: Service, env: NodeJS.ProcessEnv): Promise<Service | null> {
  const { INVENTORY_INTERNAL_URL, INVENTORY_ADMIN_TOKEN: token } = env;
  if (INVENTORY_INTERNAL_URL && token) {
    const url = requireUrl('INVENTORY_INTERNAL_URL', INVENTORY_INTERNAL_URL);
    return { name: 'inventory', url, token: requireAscii('INVENTORY_ADMIN_TOKEN', token) };
  }
  const demo = await findDemo(env);
  if (demo === null || demo.urls.orderInternal !== order.url) return null;
  return { name: 'inventory', url: demo.urls.inventoryInternal, token: demo.adminTokens.inventory };
}

/** In a container, the token is the console's ORDER_ADMIN_TOKEN or the order service's first one. */
function readToken({ ADMIN_TOKEN, ORDER_ADMIN_TOKEN, ADMIN_TOKENS }: NodeJS.ProcessEnv) {
  return ADMIN_TOKEN || ORDER_ADMIN_TOKEN || ADMIN_TOKENS?.split(',')[0]?.replace(/^[^:]*:/, '');
}

function requireUrl(name: string, value: string): string {
  const url = URL.canParse(value) ? new URL(value) : null;
  const isPlain = url && !url.username && !url.password && !url.search && !url.hash;
  if (isPlain && /^https?:$/.test(url.protocol)) return url.href.replace(/\/+$/, '');
  throw new ArgumentError(`${name}: expected a URL such as http://127.0.0.1:3100`);
}

function withToken(url: string, token: string | undefined): Service {
  if (!token)
    throw new ArgumentError(`ADMIN_TOKEN is not set. It must contain the operators' token of ${url}`);
  return { name: 'order service', url, token: requireAscii('ADMIN_TOKEN', token) };
}

function requireAscii(name: string, token: string): string {
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new ArgumentError(`${name}: expected visible ASCII characters`);
}
