// Finds the order service's internal port and its operator token.
import { ArgumentError, findDemo, noDemo } from '@lmt/terminal';

export interface Service {
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
  if (demo !== null) return { url: demo.urls.orderInternal, token: demo.adminTokens.order };
  // Without a URL, a token means that the command runs in the order service's container.
  if (token) return withToken(`http://127.0.0.1:${INTERNAL_PORT || 3100}`, token);
  throw new ArgumentError(
    noDemo('name the order service with --url or ORDER_INTERNAL_URL and set ADMIN_TOKEN'),
  );
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
  if (!/^[\x21-\x7e]+$/.test(token))
    throw new ArgumentError('ADMIN_TOKEN: expected visible ASCII characters');
  return { url, token };
}
