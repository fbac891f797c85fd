// How another terminal reaches the running demo: HTTP on a free loopback port, with a token that only
// the owner of .data can read.

import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a command answers: text for the terminal. A thrown error's message is shown there too. */
export type Command = (argument: string) => Promise<string>;

export async function listenForCommands(
  commands: Record<string, Command>,
): Promise<{ port: number; token: string; close: () => void }> {
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
      response.writeHead(409).end((error as Error).message);
    }
  });
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(null));
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    token,
    close() {
      server.close();
      server.closeIdleConnections();
    },
  };
}

export async function sendCommand(
  { port, token }: { port: number; token: string },
  verb: string,
  argument: string = '',
) {
  const answer = await fetch(`http://127.0.0.1:${port}/${verb}/${encodeURIComponent(argument)}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(text || `the demo answered ${answer.status}`);
  return text;
}
