import { messageRoutes, orderRoutes, stockRoutes } from '@lmt/contracts/routes';
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

/** The contracts of the routes, with the service that answers them. */
const listRoutes = ({ orders, messages, stock, inbox }: Services) =>
  [
    [orderRoutes.orderContracts, orders],
    [messageRoutes.operatorContracts, messages],
    [stockRoutes.stockContracts, stock],
    [stockRoutes.inventoryInternalContracts, inbox],
  ] as const;

/** Adds the services' routes below /api, with the same paths, bodies and answers. */
export function serviceRoutes(
  router: Router,
  options: ForwardOptions & { readonly services: Services },
): void {
  for (const [contracts, upstream] of listRoutes(options.services))
    for (const path of new Set(contracts.map((contract) => contract.path))) {
      const methods = contracts.filter((contract) => contract.path === path).map(({ method }) => method);
      const route = router.route(`/api${path}`);
      if (methods.includes('get')) route.get(forwardRead(options, { upstream, path }));
      if (methods.includes('post')) route.post(forwardWrite(options, { upstream, path }));
      route.all(methodNotAllowed(methods.map((method) => method.toUpperCase()).sort()));
    }
}
