// Passes connections on, byte for byte.
import { connect, createServer } from 'node:net';

const connectMs = 5_000;

function nobodyThere(host: string) {
  const body = JSON.stringify({
    type: 'about:blank',
    title: 'Service Unavailable',
    status: 503,
    detail: `no ${host} service answers: is it up?`,
  });
  return [
    'HTTP/1.1 503 Service Unavailable',
    'Content-Type: application/problem+json',
    'Retry-After: 1',
    'Connection: close',
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n');
}

/**
 * A server, not yet listening, that connects each client with one of the instances behind `host`. Where
 * there is none the client is told so with a 503. A connection that breaks on one side is ended on the other:
 * nothing is ever sent twice.
 */
export function forward({ host, port }: { host: string; port: number }) {
  return createServer({ noDelay: true }, (client) => {
    // The name is looked up for each connection: Docker answers with the instances of the moment.
    const service = connect({ host, port, noDelay: true, timeout: connectMs });
    let reached = false;
    service.once('connect', () => {
      reached = true;
      service.setTimeout(0);
      client.pipe(service).pipe(client);
    });
    service.once('timeout', () => service.destroy(new Error('no connection')));
    service.on('error', () => {
      if (reached) {
        client.resetAndDestroy();
        return;
      }
      // A body that nobody reads would keep the socket open after both sides have ended.
      client.resume();
      client.end(nobodyThere(host));
    });
    client.on('error', () => service.destroy());
    client.on('close', () => service.destroy());
  });
}
