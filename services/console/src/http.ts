import { fileURLToPath } from 'node:url';
import { documentRoutes, type Logger } from '@lmt/service-kit';
import type { Router } from 'express';
import { api } from './api.js';
import type { Config } from './config.js';
import { controlRoutes } from './control/routes.js';
import { requireOwnHost, requireOwnOrigin } from './guards/require-own-site.js';
import { securityHeaders } from './guards/security-headers.js';
import { healthRoutes } from './health/routes.js';
import { pageRoutes } from './pages/routes.js';
import { serviceRoutes } from './proxy/routes.js';
import { createSharedReads } from './proxy/shared-reads.js';
import type { UpstreamClient } from './proxy/upstream.js';
import { signInRoutes } from './sign-in/routes.js';

/** The services themselves accept at most this much of an order and of a decision in bulk. */
export const BODY_LIMIT_BYTES = 64 * 1024;

const PAGE_FOLDER = fileURLToPath(new URL('web/', import.meta.url));

export interface ConsoleOptions {
  readonly settings: Config;
  readonly client: UpstreamClient;
  readonly version: string;
  readonly logger: Logger;
  readonly pageFolder?: string;
}

/** Adds all routes. The guards come first: host name, origin, session. */
export function consoleRoutes(router: Router, options: ConsoleOptions): void {
  const { settings, client, version, logger, pageFolder = PAGE_FOLDER } = options;
  const { CONSOLE_URL: consoleUrl, ALLOWED_HOSTS: allowedHosts } = settings;
  const sharing = { client, sharedReads: createSharedReads() };
  const urls = {
    order: settings.ORDER_INTERNAL_URL,
    relay: settings.RELAY_INTERNAL_URL,
    inventory: settings.INVENTORY_INTERNAL_URL,
  };

  router.use(securityHeaders());
  router.use(requireOwnHost({ consoleUrl, allowedHosts }), requireOwnOrigin({ consoleUrl, allowedHosts }));
  const secure = consoleUrl?.startsWith('https:') ?? false;
  signInRoutes(router, { token: settings.SIGN_IN_TOKEN, secure, logger });
  serviceRoutes(router, { ...sharing, services: toServices(settings) });
  healthRoutes(router, { ...sharing, urls });
  controlRoutes(router, { ...sharing, control: toControl(settings), version });
  documentRoutes(router, api);
  pageRoutes(router, pageFolder);
}

function toServices(settings: Config) {
  const order = { name: 'order service' };
  const inventory = { name: 'inventory' };
  return {
    orders: { ...order, url: settings.ORDER_URL },
    messages: { ...order, url: settings.ORDER_INTERNAL_URL, token: settings.ORDER_ADMIN_TOKEN },
    stock: { ...inventory, url: settings.INVENTORY_URL },
    inbox: { ...inventory, url: settings.INVENTORY_INTERNAL_URL, token: settings.INVENTORY_ADMIN_TOKEN },
  };
}

function toControl({ CONTROL_URL: url, CONTROL_TOKEN: token }: Config) {
  return url === undefined || token === undefined ? null : { name: 'control channel', url, token };
}
