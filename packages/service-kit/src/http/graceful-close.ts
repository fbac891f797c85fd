import type { RequestListener, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

const SWEEP_MS = 50;

/**
 * Returns a function that closes the server gracefully, and `track`. The caller must pass every
 * handled request to `track`. Call this before the server accepts connections, because it tracks
 * state that `http.Server` does not expose.
 */
export function prepareClose(server: Server) {
  const unanswered = new Set<ServerResponse>();
  // Node does not count a connection without a request as idle.
  const unused = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    unused.add(socket);
    socket.once('close', () => unused.delete(socket));
  });
  const track: RequestListener = (request, response) => {
    unused.delete(request.socket);
    // A request may still arrive on a kept-alive connection while the server closes.
    if (!server.listening) response.shouldKeepAlive = false;
    unanswered.add(response);
    response.once('close', () => unanswered.delete(response));
  };
  async function close(deadlineMs: number): Promise<void> {
    if (!server.listening) return;
    const closed = new Promise((resolve) => server.once('close', resolve));
    server.close();
    for (const socket of unused) socket.destroy();
    for (const response of unanswered) if (!response.headersSent) response.shouldKeepAlive = false;
    // A connection becomes idle later if its answer has already promised keep-alive.
    const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
    const deadline = setTimeout(() => server.closeAllConnections(), deadlineMs);
    await closed;
    clearInterval(sweep);
    clearTimeout(deadline);
  }
  return { track, close };
}
