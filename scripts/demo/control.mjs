// How another terminal reaches the running demo: HTTP on a free loopback port, with a token that only
// the owner of .data can read.
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';

/**
 * What a command answers: text for the terminal. A thrown error's message is shown there too.
 * @typedef {(argument: string) => Promise<string>} Command
 */

/**
 * @param {Record<string, Command>} commands
 * @returns {Promise<{ port: number, token: string, close: () => void }>}
 */
export async function listenForCommands(commands) {
  const token = randomBytes(24).toString('base64url');
  const expected = Buffer.from(`Bearer ${token}`);

  const server = createServer(async (request, response) => {
    const given = Buffer.from(request.headers.authorization ?? '');
    const allowed = given.length === expected.length && timingSafeEqual(given, expected);
    const [, verb = '', argument = ''] = (request.url ?? '').split('/');
    const command = Object.hasOwn(commands, verb) ? commands[verb] : undefined;
    response.setHeader('connection', 'close');
    if (!allowed || !command || request.method !== 'POST') {
      response.writeHead(allowed ? 404 : 401).end();
      return;
    }
    try {
      const text = await command(decodeURIComponent(argument));
      response.writeHead(200).end(text);
    } catch (error) {
      response.writeHead(409).end(/** @type {Error} */ (error).message);
    }
  });
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(null));
  });
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    port,
    token,
    close() {
      server.close();
      server.closeIdleConnections();
    },
  };
}

/**
 * @param {{ port: number, token: string }} control
 * @param {string} verb
 * @param {string} [argument]
 */
export async function sendCommand({ port, token }, verb, argument = '') {
  const answer = await fetch(`http://127.0.0.1:${port}/${verb}/${encodeURIComponent(argument)}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(text || `the demo answered ${answer.status}`);
  return text;
}
