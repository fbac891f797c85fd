// A TCP proxy between two processes of the stack that can fail as a network does.
import { EventEmitter, once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { Transform } from 'node:stream';

/**
 * How the proxy treats existing and new connections.
 * - `pass`: they work.
 * - `cut`: they are reset at once.
 * - `delay`: each chunk is delayed by `ms` ± `jitterMs`, in order.
 * - `stall`: they stay open (half-open) and nothing is forwarded either way, not even an end.
 * - `cut-replies`: requests are forwarded, but the first chunk of a reply resets the connection.
 */
export type Fault =
  | { readonly kind: 'pass' | 'cut' | 'stall' | 'cut-replies' }
  | { readonly kind: 'delay'; readonly ms: number; readonly jitterMs?: number };

export type TcpProxy = Awaited<ReturnType<typeof startTcpProxy>>;

const HOST = '127.0.0.1';
// Maximum number of chunks held per direction of a delayed or stalled connection. Beyond it the
// proxy stops reading from the sender.
const MAX_HELD_CHUNKS = 256;

/**
 * Listens on a free port and lets everything pass.
 *
 * @param target the port that connections are forwarded to
 * @param random in [0, 1), for the jitter
 */
export async function startTcpProxy(target: number, random = Math.random) {
  let fault: Fault = { kind: 'pass' };
  let repliesCut = 0;
  const connections = new Set<readonly Socket[]>();
  const faults = new EventEmitter<{ change: [] }>().setMaxListeners(0);

  function reset(connection: readonly Socket[]) {
    for (const socket of connection) socket.resetAndDestroy();
  }

  function chooseDelay() {
    if (fault.kind !== 'delay') return 0;
    return fault.ms + (fault.jitterMs ?? 0) * (2 * random() - 1);
  }

  /** Resolves when the current fault lets a chunk pass that is due at `dueAt`. */
  async function passable(dueAt: number) {
    for (;;) {
      const waitMs = fault.kind === 'delay' ? dueAt - performance.now() : 0;
      if (fault.kind !== 'stall' && waitMs <= 0) return;
      const options = waitMs > 0 ? { signal: AbortSignal.timeout(Math.ceil(waitMs)) } : {};
      await once(faults, 'change', options).catch(() => {});
    }
  }

  /** Forwards, in order, the chunks that `mayPass` accepts on arrival, and then the end. */
  function forward(from: Socket, to: Socket, mayPass = () => true) {
    const arrivals = new Transform({
      readableObjectMode: true,
      readableHighWaterMark: MAX_HELD_CHUNKS,
      transform(chunk: Buffer, _encoding, done) {
        if (mayPass()) this.push({ chunk, dueAt: performance.now() + chooseDelay() });
        done();
      },
    });
    const departures = new Transform({
      writableObjectMode: true,
      writableHighWaterMark: 1,
      transform: ({ chunk, dueAt }, _encoding, done) => void passable(dueAt).then(() => done(null, chunk)),
      flush: (done) => void passable(0).then(() => done()),
    });
    from.pipe(arrivals).pipe(departures).pipe(to);
  }

  function accept(client: Socket) {
    client.on('error', () => {});
    if (fault.kind === 'cut') {
      client.resetAndDestroy();
      return;
    }
    const server = connect({ port: target, host: HOST, allowHalfOpen: true, noDelay: true });
    server.on('error', () => {});
    const connection = [client, server];
    connections.add(connection);
    forward(client, server);
    forward(server, client, () => {
      if (fault.kind !== 'cut-replies') return true;
      repliesCut += 1;
      reset(connection);
      return false;
    });

    function onClose(other: Socket, hadError: boolean) {
      if (other.destroyed) connections.delete(connection);
      else if (hadError && fault.kind !== 'stall') other.resetAndDestroy();
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
    repliesCut: () => repliesCut,
    /** How many connections are open. */
    open: () => connections.size,
    /** Changes the fault. The change takes effect at once, even for chunks in flight. */
    inject(next: Fault) {
      fault = next;
      for (const connection of connections) {
        // If one end closed during the stall, the other end is reset now.
        const halfClosed = fault.kind !== 'stall' && connection.some(({ destroyed }) => destroyed);
        if (fault.kind === 'cut' || halfClosed) reset(connection);
      }
      faults.emit('change');
    },
    async close() {
      const closed = once(listener, 'close');
      listener.close();
      for (const connection of connections) reset(connection);
      await closed;
    },
  };
}
