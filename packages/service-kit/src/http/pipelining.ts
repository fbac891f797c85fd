import type { RequestListener } from 'node:http';
import type { Socket } from 'node:net';

type Exchange = Parameters<RequestListener>;

// Node parses a chunk of 64 KiB at once, up to 2,500 requests, before the socket can be paused.
const MAX_WAITING = 10_000;

/**
 * Returns a listener that passes the requests of one socket to `handle` one at a time, in order. The
 * other requests wait and the socket is not read meanwhile, so a client that pipelines 20,000
 * requests delays only itself. Node itself would start all of them. If 10,000 requests already wait
 * in the process, the socket of a further one is closed. RFC 9112, 9.3.2 lets the client repeat
 * requests that were not answered, and a waiting request has had no effect.
 */
export function inOrder(handle: RequestListener): RequestListener {
  const waiting = new Map<Socket, Exchange[]>();
  let waitingInTotal = 0;

  function begin(socket: Socket, [request, response]: Exchange): void {
    response.once('close', () => finish(socket));
    handle(request, response);
  }

  function finish(socket: Socket): void {
    const queue = waiting.get(socket) ?? [];
    // After `Connection: close` no further answer can be sent, so no further request is handled.
    const next = socket.writable ? queue.shift() : undefined;
    if (next === undefined) {
      waitingInTotal -= queue.length;
      waiting.delete(socket);
      return;
    }
    waitingInTotal -= 1;
    if (queue.length === 0) socket.resume();
    begin(socket, next);
  }

  /** Node resumes the socket when an answer has been flushed or a handler reads its body. */
  function stayPaused(this: Socket): void {
    if (waiting.get(this)?.length) this.pause();
  }

  return (request, response) => {
    const { socket } = request;
    if (!socket.writable) return;
    const queue = waiting.get(socket);
    if (queue === undefined) {
      waiting.set(socket, []);
      begin(socket, [request, response]);
      return;
    }
    if (waitingInTotal >= MAX_WAITING) {
      socket.destroy();
      return;
    }
    if (!socket.listeners('resume').includes(stayPaused)) socket.on('resume', stayPaused);
    waitingInTotal += 1;
    queue.push([request, response]);
    socket.pause();
  };
}
