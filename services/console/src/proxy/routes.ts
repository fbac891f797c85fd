import { methodNotAllowed } from '@lmt/service-kit';
import type { Router } from 'express';
import { type ForwardOptions, forwardRead, forwardWrite } from './forward.js';
import type { Upstream } from './upstream.js';

/** The services. `orders` and `stock` are public, the others are the operators' routes. */
export interface Services {
  readonly orders: Upstream;
  readonly messages: Upstream;
  readonly stock: Upstream;
  readonly inbox: Upstream;
}

interface ForwardedRoute {
  readonly path: string;
  readonly get?: Upstream;
  readonly post?: Upstream;
}

/** Fixed paths come before `:id`, which matches them too. */
function listRoutes({ orders, messages, stock, inbox }: Services): readonly ForwardedRoute[] {
  const verbs = ['requeue', 'discard', 'send-now'];
  return [
    { path: '/orders', get: orders, post: orders },
    { path: '/orders/:id', get: orders },
    { path: '/orders/:id/cancel', post: orders },
    { path: '/messages', get: messages },
    { path: '/messages/stats', get: messages },
    { path: '/messages/speed', get: messages },
    ...verbs.map((verb) => ({ path: `/messages/${verb}`, post: messages })),
    ...verbs.map((verb) => ({ path: `/messages/:id/${verb}`, post: messages })),
    { path: '/messages/:id', get: messages },
    { path: '/operator-actions', get: messages },
    { path: '/inbox/:id', get: inbox },
    { path: '/dead-letters', get: inbox },
    { path: '/stock', get: stock },
    { path: '/stock/:sku', get: stock },
    { path: '/stock/:sku/movements', get: stock },
    { path: '/stock/:sku/adjustments', post: inbox },
  ];
}

/** Adds the services' routes below /api, with the same paths, bodies and answers. */
export function serviceRoutes(
  router: Router,
  options: ForwardOptions & { readonly services: Services },
): void {
  for (const { path, get, post } of listRoutes(options.services)) {
    const route = router.route(`/api${path}`);
    if (get) route.get(forwardRead(options, { upstream: get, path }));
    if (post) route.post(forwardWrite(options, { upstream: post, path }));
    route.all(methodNotAllowed([...(get ? ['GET'] : []), ...(post ? ['POST'] : [])]));
  }
}
