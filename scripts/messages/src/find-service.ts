// Where the order service's internal port is, and the token for it.
import { findDemo, noDemo } from '@lmt/demo';
import { UsageError } from './usage.js';

export type Service = { url: string; token: string };

/**
 * The running demo's token goes to the running demo only: whoever names another place brings its token,
 * in the environment, where other users of the machine don't see it.
 */
export async function findService(option: string | null, env: NodeJS.ProcessEnv): Promise<Service> {
  const named = option ?? env.ORDER_INTERNAL_URL;
  if (named) {
    const url = checkedUrl(option ? '--url' : 'ORDER_INTERNAL_URL', named);
    if (!env.ADMIN_TOKEN) throw new UsageError(`ADMIN_TOKEN is not set: the operators' token of ${url}`);
    return { url, token: checkedToken(env.ADMIN_TOKEN) };
  }
  const demo = await findDemo(env);
  if (demo !== null) return { url: demo.urls.orderInternal, token: demo.adminToken };
  // Inside the order service's container.
  if (env.ADMIN_TOKEN)
    return { url: `http://127.0.0.1:${env.INTERNAL_PORT || 3100}`, token: checkedToken(env.ADMIN_TOKEN) };
  throw new UsageError(noDemo('name the order service with --url or ORDER_INTERNAL_URL and set ADMIN_TOKEN'));
}

function checkedUrl(name: string, value: string) {
  const url = URL.canParse(value) ? new URL(value) : null;
  if (
    !url ||
    !['http:', 'https:'].includes(url.protocol) ||
    url.username ||
    url.password ||
    url.search ||
    url.hash
  )
    throw new UsageError(`${name}: expected a URL such as http://127.0.0.1:3100`);
  return url.href.replace(/\/+$/, '');
}

function checkedToken(token: string) {
  if (!/^[\x21-\x7e]+$/.test(token)) throw new UsageError('ADMIN_TOKEN: expected visible ASCII characters');
  return token;
}
