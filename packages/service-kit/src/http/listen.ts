import type { Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Express } from 'express';
import type { Logger } from 'pino';
import { StartError } from '../lifecycle/start-error.js';
import { connectionProblem, rawAnswer } from './connection-problem.js';
import { createExpressServer } from './express-server.js';

export interface ListenOptions {
  readonly host: string;
  /** 0: the system chooses one. */
  readonly port: number;
  /** Names of the settings that host and port came from, for messages. Default HOST and PORT. */
  readonly settings?: { readonly host: string; readonly port: string };
  readonly logger: Logger;
  /** Connections above it are closed at once. Default 4096. */
  readonly maxConnections?: number;
  /** For a request's line and headers to arrive. Default 10 s. */
  readonly headersTimeoutMs?: number;
  /** For the whole request to arrive. Default 30 s. */
  readonly requestTimeoutMs?: number;
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
  const { headersTimeoutMs = 10_000, requestTimeoutMs = 30_000, maxConnections = 4096 } = options;
  const server = createExpressServer(app, {
    headersTimeout: headersTimeoutMs,
    requestTimeout: requestTimeoutMs,
    connectionsCheckingInterval: Math.min(1_000, headersTimeoutMs / 2),
    // Longer than the 60 s at which load balancers commonly drop theirs: the server must not be first.
    keepAliveTimeout: 65_000,
    maxHeaderSize: 16 * 1024,
  });
  server.maxConnections = maxConnections;
  server.maxRequestsPerSocket = 0;
  const underWay = trackResponses(server);
  answerBrokenRequests(server, underWay, options.logger);
  await bind(server, options);
  const { port } = server.address() as AddressInfo;
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  return {
    url: `http://${host}:${port}`,
    port,
    close: (deadlineMs) => close(server, underWay, deadlineMs),
  };
}

function trackResponses(server: Server): ReadonlySet<ServerResponse> {
  const underWay = new Set<ServerResponse>();
  server.prependListener('request', (_request, response: ServerResponse) => {
    if (!server.listening) response.shouldKeepAlive = false;
    underWay.add(response);
    response.once('close', () => underWay.delete(response));
  });
  return underWay;
}

function answerBrokenRequests(server: Server, underWay: ReadonlySet<ServerResponse>, logger: Logger): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    logger.debug({ err: error, peer: socket.remoteAddress }, 'broken request');
    const halfAnswered = [...underWay].some((response) => response.socket === socket && response.headersSent);
    if (error.code === 'ECONNRESET' || !socket.writable || halfAnswered) socket.destroy();
    else socket.end(rawAnswer(connectionProblem(error.code)), () => socket.destroy());
  });
}

function bind(server: Server, { host, port, settings }: ListenOptions): Promise<void> {
  const names = settings ?? { host: 'HOST', port: 'PORT' };
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(bindError(error, host, port, names)));
    server.listen({ host, port }, resolve);
  });
}

function bindError(
  cause: NodeJS.ErrnoException,
  host: string,
  port: number,
  names: { readonly host: string; readonly port: string },
): StartError {
  switch (cause.code) {
    case 'EADDRINUSE':
      return new StartError(
        `port ${port} on ${host} is taken: stop what listens there, or set ${names.port} to a free port`,
        { cause },
      );
    case 'EACCES':
      return new StartError(
        `port ${port} may not be used by this user: set ${names.port} to one above 1023`,
        {
          cause,
        },
      );
    default:
      return new StartError(`can't listen on ${host}:${port} (${cause.code}): check ${names.host}`, {
        cause,
      });
  }
}

async function close(
  server: Server,
  underWay: ReadonlySet<ServerResponse>,
  deadlineMs: number,
): Promise<void> {
  if (!server.listening) return;
  const closed = new Promise((resolve) => server.once('close', resolve));
  server.close();
  for (const response of underWay) if (!response.headersSent) response.shouldKeepAlive = false;
  // A connection whose answer had already promised keep-alive becomes idle later.
  const sweep = setInterval(() => server.closeIdleConnections(), 50);
  const deadline = setTimeout(() => server.closeAllConnections(), deadlineMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(deadline);
}
