// A TCP proxy between two parts of the stack, which can fail as a network does.
import type { AddressInfo } from 'node:net';
import { createServer, connect as dial } from 'node:net';

/**
 * What becomes of the connections, those that are there and those to come.
 * - `pass`: nothing.
 * - `cut`: reset at once.
 * - `delay`: each piece comes later by `ms`, give or take `jitterMs`, in order.
 * - `stall`: they stay open and nothing moves, either way, not even an end: half-open.
 * - `cut-replies`: what the client sends goes through; the first piece of an answer resets the connection.
 */
export type Fault =
  | { kind: 'pass' | 'cut' | 'stall' | 'cut-replies' }
  | { kind: 'delay'; ms: number; jitterMs?: number };

import type { Socket } from 'node:net';
export type TcpProxy = Awaited<ReturnType<typeof startTcpProxy>>;

const host = '127.0.0.1';
// Of one direction of a connection that is slow or stalled; then its sender is no longer read.
const heldBytes = 1_048_576;

/**
 * One direction of a connection: what `from` sends arrives at `to`, in order, when it may.
 *
 * @param options.mayPass asked for each piece as it comes in; false: it is dropped
 */
function forward({
  from,
  to,
  fault,
  random,
  mayPass,
}: {
  from: Socket;
  to: Socket;
  fault: () => Fault;
  random: () => number;
  mayPass: () => boolean;
}) {
  /** null: the end */
  const held: { piece: Buffer | null; dueAt: number }[] = [];
  let bytes = 0;
  let lastDueAt = 0;
  let full = false;
  let timer: NodeJS.Timeout | undefined;

  function flush() {
    clearTimeout(timer);
    if (fault().kind === 'stall' || full || to.destroyed) return;
    for (let next = held[0]; next; next = held[0]) {
      const wait = next.dueAt - performance.now();
      if (wait > 0) {
        timer = setTimeout(flush, wait);
        return;
      }
      held.shift();
      if (next.piece === null) {
        to.end();
        return;
      }
      bytes -= next.piece.length;
      full = !to.write(next.piece);
      if (full) return;
    }
    if (bytes < heldBytes) from.resume();
  }

  function take(piece: Buffer | null) {
    const now = fault();
    const delay = now.kind === 'delay' ? now.ms + (now.jitterMs ?? 0) * (2 * random() - 1) : 0;
    // Never before what was sent earlier.
    lastDueAt = Math.max(lastDueAt, performance.now() + Math.max(delay, 0));
    held.push({ piece, dueAt: lastDueAt });
    bytes += piece?.length ?? 0;
    if (bytes >= heldBytes) from.pause();
    flush();
  }

  from.on('data', (piece) => {
    if (mayPass()) take(piece);
  });
  from.on('end', () => take(null));
  to.on('drain', () => {
    full = false;
    flush();
  });
  return {
    /** The fault has changed. */
    changed() {
      // What was delayed need not wait for the rest of its delay.
      if (fault().kind === 'pass') for (const entry of held) entry.dueAt = 0;
      flush();
    },
    close: () => clearTimeout(timer),
  };
}

/**
 * Listens at once and passes everything on.
 *
 * @param options.target port that it leads to
 * @param options.port to listen on; a free one by default
 * @param options.random in [0, 1), for the jitter
 */
export async function startTcpProxy({
  target,
  port: wantedPort = 0,
  random = Math.random,
}: {
  target: number;
  port?: number;
  random?: () => number;
}) {
  let fault: Fault = { kind: 'pass' };
  let repliesCut = 0;
  const connections: Set<{ reset: () => void; changed: () => void }> = new Set();

  function accept(client: Socket) {
    client.on('error', () => {});
    if (fault.kind === 'cut') {
      client.resetAndDestroy();
      return;
    }
    const server = dial({ port: target, host, allowHalfOpen: true, noDelay: true });
    server.on('error', () => {});
    const directions: ReturnType<typeof forward>[] = [];
    const connection = {
      reset() {
        for (const socket of [client, server]) socket.resetAndDestroy();
      },
      changed() {
        if (fault.kind === 'cut') connection.reset();
        // One end went away while nothing moved: the other end learns of it now.
        else if (fault.kind !== 'stall' && (client.destroyed || server.destroyed)) connection.reset();
        else for (const direction of directions) direction.changed();
      },
    };
    connections.add(connection);
    const shared = { fault: () => fault, random };
    directions.push(
      forward({ ...shared, from: client, to: server, mayPass: () => true }),
      forward({
        ...shared,
        from: server,
        to: client,
        mayPass() {
          if (fault.kind !== 'cut-replies') return true;
          repliesCut += 1;
          connection.reset();
          return false;
        },
      }),
    );
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ]) {
      socket?.on('close', (hadError) => {
        if (other?.destroyed) {
          connections.delete(connection);
          for (const direction of directions) direction.close();
        } else if (hadError && fault.kind !== 'stall') other?.resetAndDestroy();
      });
    }
  }

  const server = createServer({ allowHalfOpen: true, noDelay: true }, accept);
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port: wantedPort, host }, () => resolve(null));
  });
  const { port } = server.address() as AddressInfo;

  return {
    port,
    /** Answers that `cut-replies` took, so far. */
    get repliesCut() {
      return repliesCut;
    },
    /** Connections that are open. */
    get open() {
      return connections.size;
    },
    /** Takes effect at once, also on what is under way. */
    inject(next: Fault) {
      fault = next;
      for (const connection of [...connections]) connection.changed();
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const connection of [...connections]) connection.reset();
      await closed;
    },
  };
}
