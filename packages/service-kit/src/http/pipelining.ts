import { type RequestListener, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

type Exchange = Parameters<RequestListener>;

// Node parses a chunk of 64 KiB at once, up to 2,500 requests, before the socket can be paused.
const MAX_WAITING = 10_000;

const LATE = 'ERR_HTTP_REQUEST_TIMEOUT';
const CLIENT_ERRORS: Readonly<Record<string, number>> = {
  [LATE]: 408,
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
};

/**
 * Returns a listener that passes the requests of one socket to `handle` one at a time, in order.
 * The socket is paused while other requests wait, so a client that pipelines 20,000 requests delays
 * only itself. Node itself would start all of them. If 10,000 requests already wait in the process,
 * the socket of the next one is closed. RFC 9112, 9.3.2 lets the client repeat unanswered requests,
 * and a waiting request has had no effect.
 *
 * Also returns the matching listener for `clientError`.
 */
export function handleInOrder(handle: RequestListener) {
  // By socket. The first exchange is running, the others wait.
  const exchanges = new Map<Duplex, Exchange[]>();
  let waiting = 0;

  function begin(socket: Duplex, [request, response]: Exchange): void {
    response.once('close', () => finish(socket));
    handle(request, response);
  }

  function finish(socket: Duplex): void {
    const queue = exchanges.get(socket) ?? [];
    queue.shift();
    const [next] = queue;
    // After `Connection: close` no further answer can be sent, so no further request is handled.
    if (next === undefined || !socket.writable) {
      waiting -= queue.length;
      exchanges.delete(socket);
      return;
    }
    waiting -= 1;
    if (queue.length === 1) socket.resume();
    begin(socket, next);
  }

  const hasWaiting = (socket: Duplex) => (exchanges.get(socket)?.length ?? 0) > 1;

  /** Node resumes the socket when an answer has been flushed or a handler reads its body. */
  function stayPaused(this: Duplex): void {
    if (hasWaiting(this)) this.pause();
  }

  const onRequest: RequestListener = (request, response) => {
    const { socket } = request;
    if (!socket.writable) return;
    const queue = exchanges.get(socket);
    if (queue === undefined) {
      exchanges.set(socket, [[request, response]]);
      begin(socket, [request, response]);
      return;
    }
    if (waiting >= MAX_WAITING) {
      socket.destroy();
      return;
    }
    if (!socket.listeners('resume').includes(stayPaused)) socket.on('resume', stayPaused);
    waiting += 1;
    queue.push([request, response]);
    socket.pause();
  };

  /**
   * Answers malformed or late bytes as Node does by default, except in two cases. A request is not
   * late while this process has paused its socket. If the bytes follow a complete request that is
   * running, the socket is closed without an answer, because the client would take the answer for
   * the answer to that request.
   */
  function onClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
    if (error.code === LATE && hasWaiting(socket)) return;
    const [request, response] = exchanges.get(socket)?.[0] ?? [];
    if (socket.writable && !request?.complete && !response?.headersSent) {
      const status = CLIENT_ERRORS[error.code ?? ''] ?? 400;
      socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\n\r\n`);
    }
    socket.destroy(error);
  }

  return { onRequest, onClientError };
}
