import { createServer, IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Express, Request, Response } from 'express';
import { Problem } from '../problem/problem.js';
import { prepareClose } from './graceful-close.js';
import { sendJson } from './json.js';
import { handleInOrder } from './pipelining.js';

/** The process cannot start. The message names the cause and the remedy for the operator. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

export interface ListenOptions {
  readonly host: string;
  /** 0 lets the operating system choose a port. */
  readonly port: number;
  /** Errors name the settings INTERNAL_HOST and INTERNAL_PORT instead of HOST and PORT. */
  readonly internal?: boolean;
}

export interface HttpServer {
  readonly url: string;
  readonly server: Server;
  /**
   * Accepts no more connections and lets requests in flight finish, with `Connection: close`. Cuts
   * open connections at the deadline. Never rejects.
   */
  close(deadlineMs: number): Promise<void>;
}

const MAX_CONNECTIONS = 4_096;
// A connection is cut after this long without traffic, for example if its client reads no answers.
const INACTIVITY_MS = 60_000;

/**
 * Serves the app. The server itself answers malformed, oversized and late requests (400, 431, 408).
 * @throws StartError if the address is not available
 */
export async function listen(app: Express, options: ListenOptions): Promise<HttpServer> {
  const server = createExpressServer(app);
  server.maxConnections = MAX_CONNECTIONS;
  server.timeout = INACTIVITY_MS;
  // Only maxHeaderSize limits the headers. Above the default count of 2,000, Node would silently
  // drop headers, such as a repeated Authorization.
  server.maxHeadersCount = 0;
  const { track, close } = prepareClose(server);
  const { onRequest, onClientError } = handleInOrder((request, response) => {
    track(request, response);
    app(request as Request, response as Response, () => answerWithoutPath(response));
  });
  server.on('request', onRequest);
  // body-reader.ts sends 100 Continue. Without this listener Node sends it before any guard runs.
  server.on('checkContinue', onRequest);
  server.on('clientError', onClientError);
  await bind(server, options);
  const { port } = server.address() as AddressInfo;
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  return { url: `http://${host}:${port}`, server, close };
}

/** Express runs no handler for a target in which it finds no path, such as `http://[/`. */
function answerWithoutPath(response: ServerResponse): void {
  sendJson(response, 400, new Problem(400, 'The request is malformed.'), 'application/problem+json');
}

/**
 * Creates a server whose requests and responses have the prototypes of the express app from the
 * start. Express sets them on every request, and on Node 20 that change of a live object makes all
 * later property accesses slow, which costs more than the rest of the request. Setting the
 * prototype that an object already has is a no-op.
 */
function createExpressServer(app: Express): Server {
  class AppRequest extends IncomingMessage {}
  class AppResponse extends ServerResponse {}
  app.request = Object.setPrototypeOf(AppRequest.prototype, app.request);
  app.response = Object.setPrototypeOf(AppResponse.prototype, app.response);
  const options = {
    IncomingMessage: AppRequest,
    ServerResponse: AppResponse,
    headersTimeout: 10_000,
    requestTimeout: 30_000,
    connectionsCheckingInterval: 1_000,
    // Load balancers drop a connection after 60 s. The server must not drop it first.
    keepAliveTimeout: 65_000,
    maxHeaderSize: 16 * 1024,
  };
  return createServer(options);
}

function bind(server: Server, { host, port, internal = false }: ListenOptions): Promise<void> {
  const prefix = internal ? 'INTERNAL_' : '';
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: `port ${port} on ${host} is taken: stop the process that listens there, or set ${prefix}PORT to a free port`,
    EACCES: `this user may not listen on port ${port}: set ${prefix}PORT to a port above 1023`,
  };
  return new Promise((resolve, reject) => {
    const fail = (cause: NodeJS.ErrnoException) => {
      const other = `cannot listen on ${host}:${port} (${cause.code}): check ${prefix}HOST`;
      reject(new StartError(reasons[cause.code ?? ''] ?? other, { cause }));
    };
    server.once('error', fail);
    server.listen({ host, port }, () => {
      server.off('error', fail);
      resolve();
    });
  });
}
