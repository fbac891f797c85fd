import { createServer, IncomingMessage, type Server, type ServerOptions, ServerResponse } from 'node:http';
import type { Express } from 'express';

/**
 * A node server whose requests and responses have the express app's prototypes from the start.
 *
 * Express gives every request and response its own prototype. On Node 20 such a change of a live object
 * makes all later property accesses slow and costs more than the rest of the request; with the right
 * prototype already there it is a no-op. The app's two prototypes become those of the server's classes.
 */
export function createExpressServer(app: Express, options: ServerOptions): Server {
  class AppRequest extends IncomingMessage {}
  class AppResponse extends ServerResponse {}
  app.request = Object.setPrototypeOf(AppRequest.prototype, app.request);
  app.response = Object.setPrototypeOf(AppResponse.prototype, app.response);
  return createServer({ ...options, IncomingMessage: AppRequest, ServerResponse: AppResponse }, app);
}
