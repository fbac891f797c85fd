import { forbidden } from '@lmt/service-kit';
import type { RequestHandler } from 'express';

const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]'];
const SAFE_METHODS = new Set(['GET', 'HEAD']);

export interface OwnSite {
  readonly consoleUrl?: string | undefined;
  readonly allowedHosts: readonly string[];
}

/**
 * Rejects requests for a host name that is not the console's with 403. Otherwise a foreign page
 * could point its own host name at the console (DNS rebinding) and read the answers.
 */
export function requireOwnHost({ consoleUrl, allowedHosts }: OwnSite): RequestHandler {
  const own = consoleUrl === undefined ? [] : [new URL(consoleUrl).hostname];
  const hosts = new Set([...LOOPBACK, ...own, ...allowedHosts]);
  return ({ headers: { host = '' } }, _response, next) => {
    // Not express's `hostname`, which could come from X-Forwarded-Host.
    if (!hosts.has(host.replace(/:\d*$/, '').toLowerCase())) {
      throw forbidden(
        'The console does not answer under this host name. Add the name to ALLOWED_HOSTS, or use CONSOLE_URL.',
      );
    }
    next();
  };
}

/**
 * Rejects with 403 every request that may change something and does not come from the console's own
 * page, by its `Origin` (CSRF). Browsers send that header with each such request. A page of another
 * port of the same host is foreign, although the browser sends the console's cookie with its
 * requests.
 */
export function requireOwnOrigin({ consoleUrl }: OwnSite): RequestHandler {
  const own = consoleUrl === undefined ? null : new URL(consoleUrl);
  return ({ method, headers: { origin = '', host = '' } }, _response, next) => {
    const isOwn = origin === own?.origin || isOriginOf(origin, host.toLowerCase(), own);
    if (!SAFE_METHODS.has(method) && !isOwn) {
      throw forbidden(
        'The header Origin is missing or foreign. Only the page of the console may send this request.',
      );
    }
    next();
  };
}

/**
 * The scheme is not compared, because a proxy may terminate TLS. At the host of CONSOLE_URL it is
 * known, and there an http page is foreign to an https console: the network can change that page.
 */
function isOriginOf(origin: string, host: string, own: URL | null): boolean {
  return host !== own?.host && /^https?:\/\/(.+)$/i.exec(origin)?.[1]?.toLowerCase() === host;
}
