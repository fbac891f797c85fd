import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { promisify } from 'node:util';

/**
 * Serves a Postgres with TLS, with a self-signed certificate for 127.0.0.1. Like Postgres, the
 * server answers the client's SSLRequest with "S" and then starts TLS.
 *
 * @param target the port of a Postgres without TLS
 */
export async function startTlsServer(target: number) {
  const folder = await mkdtemp(join(tmpdir(), 'tls-'));
  const certFile = join(folder, 'cert.pem');
  const keyFile = join(folder, 'key.pem');
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const subject = ['-days', '2', '-subj', '/CN=test', '-addext', 'subjectAltName=IP:127.0.0.1'];
  await promisify(execFile)('openssl', [...request, ...subject, '-out', certFile, '-keyout', keyFile]);
  const [cert, key] = await Promise.all([readFile(certFile), readFile(keyFile)]);

  const sockets = new Set<Socket>();
  function track<S extends Socket>(socket: S): S {
    sockets.add(socket);
    return socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
  }
  const server = createServer((client) => {
    track(client).once('data', () => {
      client.write('S');
      const plain = track(new TLSSocket(client, { isServer: true, cert, key }));
      const postgres = track(connect(target, '127.0.0.1'));
      plain.pipe(postgres).pipe(plain);
      plain.on('close', () => postgres.destroy());
      postgres.on('close', () => plain.destroy());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    certFile,
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await rm(folder, { recursive: true });
    },
  };
}
