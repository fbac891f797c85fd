import { createServer, IncomingMessage, type Server, type ServerOptions, ServerResponse } from 'node:http';
import type { Express } from 'express';

/**
 * A node server for an express app whose requests and responses have the app's prototypes from the start.
 *
 * Express gives every request and response its own prototype; on Node 20 that change of a live object's
 * prototype costs more than all the rest of a request. With the right prototype already there it is a no-op.
 */
export function createExpressServer(app: Express, options: ServerOptions): Server {
  return createServer(
    {
      ...options,
      IncomingMessage: withPrototype(IncomingMessage, app.request),
      ServerResponse: withPrototype(ServerResponse, app.response),
    },
    app,
  );
}

/** The same class, except that its instances have another prototype, which derives from the class's own. */
function withPrototype<C extends typeof IncomingMessage | typeof ServerResponse>(
  base: C,
  prototype: object,
): C {
  function Derived(...args: unknown[]): object {
    return Reflect.construct(base, args, Derived);
  }
  Derived.prototype = prototype;
  return Derived as unknown as C;
}
