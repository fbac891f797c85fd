// Passes connections on, byte for byte.
import { connect, createServer, type Server } from 'node:net';

const CONNECT_MS = 5_000;

function unavailable(host: string) {
  const body = JSON.stringify({
    type: 'about:blank',
    title: 'Service Unavailable',
    status: 503,
    detail: `The gateway cannot connect to the ${host} service.`,
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
 * A server, not yet listening, that connects each client with an instance behind `host`, or answers 503
 * when it cannot connect. When one side breaks, the other is closed. Nothing is sent twice.
 */
export function forward({ host, port }: { readonly host: string; readonly port: number }): Server {
  return createServer({ noDelay: true }, (client) => {
    // Resolves the name for each connection: Docker's DNS answers with the instances of the moment.
    const service = connect({ host, port, noDelay: true, timeout: CONNECT_MS });
    let connected = false;
    service.once('connect', () => {
      connected = true;
      service.setTimeout(0);
      client.pipe(service).pipe(client);
    });
    service.once('timeout', () => service.destroy(new Error('connect timed out')));
    service.on('error', () => {
      if (connected) {
        client.resetAndDestroy();
        return;
      }
      // Reads the rest of the request: an unread body would keep the socket open after both sides ended.
      client.resume();
      client.end(unavailable(host));
    });
    client.on('error', () => service.destroy());
    client.on('close', () => service.destroy());
  });
}
