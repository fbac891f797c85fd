import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** A request and its answer. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** What a server has open that `http.Server` does not tell of. */
export interface OpenWork {
  /** Of the requests whose headers have arrived and whose answers are not complete. */
  readonly responses: ReadonlySet<ServerResponse>;
  /** Connections that never had a request: node does not count them as idle. */
  readonly unused: ReadonlySet<Socket>;
  /** The last request whose headers have arrived on the connection. */
  lastOf(socket: Socket): Exchange | undefined;
}

/** Follows what the server has open, from now on. */
export function trackOpenWork(server: Server): OpenWork {
  const responses = new Set<ServerResponse>();
  const unused = new Set<Socket>();
  const last = new WeakMap<Socket, Exchange>();
  server.on('connection', (socket: Socket) => {
    unused.add(socket);
    socket.once('close', () => unused.delete(socket));
  });
  server.prependListener('request', (request, response: ServerResponse) => {
    const { socket } = request;
    unused.delete(socket);
    last.set(socket, { request, response });
    // On a connection that was kept alive a request may still come in while the server closes.
    if (!server.listening) response.shouldKeepAlive = false;
    responses.add(response);
    response.once('close', () => responses.delete(response));
  });
  return { responses, unused, lastOf: (socket) => last.get(socket) };
}

/** Closes the server as `HttpServer.close` says. */
export async function closeServer(server: Server, open: OpenWork, deadlineMs: number): Promise<void> {
  const closed = new Promise((resolve) => server.once('close', resolve));
  server.close();
  for (const socket of open.unused) socket.destroy();
  for (const response of open.responses) if (!response.headersSent) response.shouldKeepAlive = false;
  // A connection whose answer had already promised keep-alive becomes idle later.
  const sweep = setInterval(() => server.closeIdleConnections(), 50);
  const deadline = setTimeout(() => server.closeAllConnections(), deadlineMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(deadline);
}
