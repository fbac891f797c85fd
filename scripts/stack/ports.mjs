// TCP ports on this machine: free ones for tests, and whether a wanted one can be had.
import { createServer } from 'node:net';

/**
 * @param {number} port
 * @param {string} host
 * @returns {Promise<import('node:net').Server>}
 */
function listen(port, host) {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, host, exclusive: true }, () => resolve(server));
  });
}

/** @param {import('node:net').Server} server @returns {Promise<void>} */
function close(server) {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}

// Below those that systems give to outgoing connections (Linux from 32768, others from 49152): a port whose
// process is down for a while must still be free when it comes back.
const lowest = 10_240;
const highest = 32_767;

/** @returns {Promise<import('node:net').Server>} listening on a port that nobody had */
async function takeAny() {
  for (;;) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest + 1));
    const server = await listen(port, '127.0.0.1').catch((error) => {
      if (error.code !== 'EADDRINUSE') throw error;
      return null;
    });
    if (server) return server;
  }
}

/**
 * Different free ports: all are held until the last one is found.
 *
 * @param {number} count
 * @returns {Promise<number[]>}
 */
export async function freePorts(count) {
  const servers = await Promise.all(Array.from({ length: count }, takeAny));
  const ports = servers.map(
    (server) => /** @type {import('node:net').AddressInfo} */ (server.address()).port,
  );
  await Promise.all(servers.map(close));
  return ports;
}

/**
 * Why a port can't be listened on, as an error code, or null when it can.
 *
 * @param {number} port
 * @param {string} [host]
 * @returns {Promise<string | null>}
 */
export async function portProblem(port, host = '127.0.0.1') {
  try {
    await close(await listen(port, host));
    return null;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code ?? String(error);
  }
}
