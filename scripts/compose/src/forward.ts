// Forwards connections byte for byte.
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
 * Creates a server, not yet listening, that connects each client to an instance behind `host`, or
 * answers 503 if that fails. When one side breaks, the other is closed. Nothing is sent twice.
 */
export function forward({ host, port }: { readonly host: string; readonly port: number }): Server {
  return createServer({ noDelay: true }, (client) => {
    // Resolves the name for each connection, because Docker's DNS returns the current instances.
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
      // Reads the rest of the request. An unread body would keep the ended socket open.
      client.resume();
      client.end(unavailable(host));
    });
    client.on('error', () => service.destroy());
    client.on('close', () => service.destroy());
  });
}
