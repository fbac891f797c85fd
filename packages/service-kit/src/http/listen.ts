import type { AddressInfo } from 'node:net';
import type { Express } from 'express';
import type { Logger } from 'pino';
import { type Address, bindAddress } from './bind-address.js';
import { answerBrokenRequests } from './broken-requests.js';
import { createExpressServer } from './express-server.js';
import { closeServer, trackOpenWork } from './open-work.js';

export interface ListenOptions extends Address {
  readonly logger: Logger;
  /** Connections above it are closed at once. Default 4096. */
  readonly maxConnections?: number;
  /** For a request's line and headers to arrive. Default 10 s. */
  readonly headersTimeoutMs?: number;
  /** For the whole request to arrive. Default 30 s. */
  readonly requestTimeoutMs?: number;
  /** A connection on which nothing moves for so long is cut, such as one whose client reads no answers. Default 60 s. */
  readonly inactivityMs?: number;
}

export interface HttpServer {
  readonly url: string;
  readonly port: number;
  /**
   * Takes no more connections, lets the requests under way finish and tells their clients that the
   * connection ends; what is still open at the deadline is cut. Never rejects.
   */
  close(deadlineMs: number): Promise<void>;
}

/**
 * Serves the app over HTTP.
 * @throws StartError if the address can't be listened on; it names the setting
 */
export async function listen(app: Express, options: ListenOptions): Promise<HttpServer> {
  const { headersTimeoutMs = 10_000, requestTimeoutMs = 30_000, inactivityMs = 60_000 } = options;
  const server = createExpressServer(app, {
    headersTimeout: headersTimeoutMs,
    requestTimeout: requestTimeoutMs,
    connectionsCheckingInterval: Math.min(1_000, headersTimeoutMs / 2),
    // Longer than the 60 s at which load balancers commonly drop theirs: the server must not be first.
    keepAliveTimeout: 65_000,
    maxHeaderSize: 16 * 1024,
  });
  server.maxConnections = options.maxConnections ?? 4096;
  server.maxRequestsPerSocket = 0;
  server.timeout = inactivityMs;
  const open = trackOpenWork(server);
  answerBrokenRequests(server, open, options.logger);
  await bindAddress(server, options);
  const { port } = server.address() as AddressInfo;
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  let closing: Promise<void> | undefined;
  return {
    url: `http://${host}:${port}`,
    port,
    close: (deadlineMs) => {
      closing ??= closeServer(server, open, deadlineMs);
      return closing;
    },
  };
}
