// TCP ports on this machine: free ones for tests, and whether a wanted one can be had.
import type { AddressInfo, Server } from 'node:net';
import { createServer } from 'node:net';

function listen(port: number, host: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, host, exclusive: true }, () => resolve(server));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}

// Below those that systems give to outgoing connections (Linux from 32768, others from 49152): a port whose
// process is down for a while must still be free when it comes back.
const lowest = 10_240;
const highest = 32_767;

/** @returns listening on a port that nobody had */
async function takeAny(): Promise<Server> {
  for (;;) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest + 1));
    const server = await listen(port, '127.0.0.1').catch((error) => {
      if (error.code !== 'EADDRINUSE') throw error;
      return null;
    });
    if (server) return server;
  }
}

/** Different free ports: all are held until the last one is found. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, takeAny));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map(close));
  return ports;
}

/** Why a port can't be listened on, as an error code, or null when it can. */
export async function portProblem(port: number, host: string = '127.0.0.1'): Promise<string | null> {
  try {
    await close(await listen(port, host));
    return null;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}
