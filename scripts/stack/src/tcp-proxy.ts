// A TCP proxy between two processes of the stack that can fail as a network does.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { type Direction, forwardChunks } from './forward-chunks.js';

/**
 * What happens to connections, existing and new ones.
 * - `pass`: they work.
 * - `cut`: they are reset at once.
 * - `delay`: each chunk is delayed by `ms` ± `jitterMs`, in order.
 * - `stall`: they stay open and nothing is forwarded either way, not even an end: half-open.
 * - `cut-replies`: requests are forwarded, the first chunk of a reply resets the connection.
 */
export type Fault =
  | { readonly kind: 'pass' | 'cut' | 'stall' | 'cut-replies' }
  | { readonly kind: 'delay'; readonly ms: number; readonly jitterMs?: number };

export interface TcpProxyOptions {
  /** The port that connections are forwarded to. */
  readonly target: number;
  /** In [0, 1), for the jitter. */
  readonly random?: () => number;
}

export type TcpProxy = Awaited<ReturnType<typeof startTcpProxy>>;

const HOST = '127.0.0.1';

/** Listens on a free port and lets everything pass. */
export async function startTcpProxy({ target, random = Math.random }: TcpProxyOptions) {
  let fault: Fault = { kind: 'pass' };
  let repliesCut = 0;
  const connections = new Set<{ reset(): void; onFaultChange(): void }>();

  function accept(client: Socket) {
    client.on('error', () => {});
    if (fault.kind === 'cut') {
      client.resetAndDestroy();
      return;
    }
    const server = connect({ port: target, host: HOST, allowHalfOpen: true, noDelay: true });
    server.on('error', () => {});
    const shared = { fault: () => fault, random };
    const directions: readonly Direction[] = [
      forwardChunks({ ...shared, from: client, to: server, mayPass: () => true }),
      forwardChunks({
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
    ];
    const connection = {
      reset() {
        for (const socket of [client, server]) socket.resetAndDestroy();
      },
      onFaultChange() {
        if (fault.kind === 'cut') connection.reset();
        // One end closed during a stall: only now does the other end learn of it.
        else if (fault.kind !== 'stall' && (client.destroyed || server.destroyed)) connection.reset();
        else for (const direction of directions) direction.onFaultChange();
      },
    };
    connections.add(connection);

    function onClose(other: Socket, hadError: boolean) {
      if (other.destroyed) {
        connections.delete(connection);
        for (const direction of directions) direction.close();
      } else if (hadError && fault.kind !== 'stall') other.resetAndDestroy();
    }
    client.on('close', (hadError) => onClose(server, hadError));
    server.on('close', (hadError) => onClose(client, hadError));
  }

  const listener = createServer({ allowHalfOpen: true, noDelay: true }, accept);
  await once(listener.listen({ port: 0, host: HOST }), 'listening');
  const { port } = listener.address() as AddressInfo;

  return {
    port,
    /** How many replies `cut-replies` has removed so far. */
    get repliesCut() {
      return repliesCut;
    },
    /** Open connections. */
    get open() {
      return connections.size;
    },
    /** Takes effect at once, also on chunks in flight. */
    inject(next: Fault) {
      fault = next;
      for (const connection of [...connections]) connection.onFaultChange();
    },
    async close() {
      const closed = once(listener, 'close');
      listener.close();
      for (const connection of [...connections]) connection.reset();
      await closed;
    },
  };
}
