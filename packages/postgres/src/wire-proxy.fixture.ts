// A TCP proxy in front of Postgres that counts round trips and cuts a connection at a chosen reply.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

const READY_FOR_QUERY = 'Z'.charCodeAt(0);

export type WireProxy = Awaited<ReturnType<typeof startWireProxy>>;

export async function startWireProxy(target: number) {
  let roundTrips = 0;
  let requests = 0;
  let cutAtRequest = Number.POSITIVE_INFINITY;
  let repliesLeft = Number.POSITIVE_INFINITY;
  let replace = (chunk: Buffer) => chunk;
  const sockets = new Set<Socket>();

  const listener = createServer({ noDelay: true }, (client) => {
    const server = connect({ port: target, host: '127.0.0.1', noDelay: true });
    const cut = () => {
      for (const socket of [client, server]) socket.resetAndDestroy();
    };
    let isAnswered = true;
    let unread = Buffer.alloc(0);
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        server.destroy();
      });
    }
    client.on('data', (chunk) => {
      if (isAnswered) roundTrips += 1;
      isAnswered = false;
      requests += 1;
      if (requests === cutAtRequest) cut();
      else server.write(replace(chunk));
    });
    server.on('data', (chunk) => {
      isAnswered = true;
      unread = Buffer.concat([unread, chunk]);
      // A message is its type, its length without the type, and its body.
      while (unread.length >= 5 && unread.length > unread.readInt32BE(1)) {
        if (repliesLeft === 0) return cut();
        const message = unread.subarray(0, 1 + unread.readInt32BE(1));
        unread = unread.subarray(message.length);
        client.write(message);
        if (message[0] === READY_FOR_QUERY) repliesLeft -= 1;
      }
    });
  });
  await once(listener.listen({ port: 0, host: '127.0.0.1' }), 'listening');

  return {
    port: (listener.address() as AddressInfo).port,
    /** How often a client has written and then waited for the server during `work`. */
    async countRoundTrips(work: () => Promise<unknown>): Promise<number> {
      const before = roundTrips;
      await work();
      return roundTrips - before;
    },
    /** Cuts the connection instead of forwarding the client's write of this number, counted from 1. */
    cutAtRequest(number: number) {
      requests = 0;
      cutAtRequest = number;
    },
    /** Forwards this many replies, then cuts the connection as soon as the server sends another. */
    cutAfterReplies(count: number) {
      repliesLeft = count;
    },
    /** Replaces a text in what the client writes. Both must have the same length. */
    replaceInRequests(text: string, by: string) {
      replace = (chunk) => Buffer.from(chunk.toString('latin1').replaceAll(text, by), 'latin1');
    },
    pass() {
      replace = (chunk) => chunk;
      cutAtRequest = Number.POSITIVE_INFINITY;
      repliesLeft = Number.POSITIVE_INFINITY;
    },
    async close() {
      const closed = once(listener, 'close');
      listener.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
