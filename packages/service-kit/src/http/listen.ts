import { createServer, IncomingMessage, type Server, type ServerOptions, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Express } from 'express';
import { prepareClose } from './graceful-close.js';

/** The process cannot start. The message names the cause and the remedy for the operator. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

export interface ListenOptions {
  readonly host: string;
  /** 0 lets the operating system choose one. */
  readonly port: number;
  /** Names of the settings that host and port come from, for messages. HOST and PORT by default. */
  readonly settings?: { readonly host: string; readonly port: string };
  readonly limits?: Partial<Limits>;
}

interface Limits {
  /** Connections above it are closed at once. */
  readonly maxConnections: number;
  /** For the request line and the headers to arrive. */
  readonly headersTimeoutMs: number;
  /** For the whole request to arrive. */
  readonly requestTimeoutMs: number;
  /** A connection without traffic for this long is cut, such as one whose client reads no answers. */
  readonly inactivityMs: number;
}

const LIMITS: Limits = {
  maxConnections: 4_096,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  inactivityMs: 60_000,
};

export interface HttpServer {
  readonly url: string;
  readonly port: number;
  /**
   * Accepts no more connections and lets requests in flight finish, with `Connection: close`. Cuts open
   * connections at the deadline. Never rejects.
   */
  close(deadlineMs: number): Promise<void>;
}

/**
 * Serves the app over HTTP. Node itself answers malformed, oversized and late requests (400, 431, 408).
 * @throws StartError if the address is not available
 */
export async function listen(app: Express, options: ListenOptions): Promise<HttpServer> {
  const limits = { ...LIMITS, ...options.limits };
  const server = createExpressServer(app, {
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    connectionsCheckingInterval: Math.min(1_000, limits.headersTimeoutMs / 2),
    // Longer than the 60 s after which load balancers drop a connection: the server must not be first.
    keepAliveTimeout: 65_000,
    maxHeaderSize: 16 * 1024,
  });
  server.maxConnections = limits.maxConnections;
  server.timeout = limits.inactivityMs;
  // body-reader.ts sends 100 Continue when it reads the body. Without a listener Node would send it at once.
  server.on('checkContinue', (request, response) => server.emit('request', request, response));
  const close = prepareClose(server);
  await bind(server, options);
  const { port } = server.address() as AddressInfo;
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  let closing: Promise<void> | undefined;
  return {
    url: `http://${host}:${port}`,
    port,
    close: (deadlineMs) => {
      closing ??= close(deadlineMs);
      return closing;
    },
  };
}

/**
 * Creates a server whose requests and responses have the prototypes of the express app from the start.
 * Express sets the prototype of every request and response. On Node 20 that change of a live object makes
 * all later property accesses slow and costs more than the rest of the request. Setting the prototype that
 * an object already has is a no-op.
 */
function createExpressServer(app: Express, options: ServerOptions): Server {
  class AppRequest extends IncomingMessage {}
  class AppResponse extends ServerResponse {}
  app.request = Object.setPrototypeOf(AppRequest.prototype, app.request);
  app.response = Object.setPrototypeOf(AppResponse.prototype, app.response);
  return createServer({ ...options, IncomingMessage: AppRequest, ServerResponse: AppResponse }, app);
}

function bind(server: Server, { host, port, settings }: ListenOptions): Promise<void> {
  const names = settings ?? { host: 'HOST', port: 'PORT' };
  return new Promise((resolve, reject) => {
    const fail = (cause: NodeJS.ErrnoException) => {
      const reasons: Readonly<Record<string, string>> = {
        EADDRINUSE: `port ${port} on ${host} is taken: stop the process that listens there, or set ${names.port} to a free port`,
        EACCES: `this user may not listen on port ${port}: set ${names.port} to a port above 1023`,
      };
      const other = `cannot listen on ${host}:${port} (${cause.code}): check ${names.host}`;
      reject(new StartError(reasons[cause.code ?? ''] ?? other, { cause }));
    };
    server.once('error', fail);
    server.listen({ host, port }, () => {
      server.off('error', fail);
      resolve();
    });
  });
}
