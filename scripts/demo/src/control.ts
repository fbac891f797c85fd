// Lets other terminals control the running demo, over HTTP on a free loopback port with a token
// that only the owner of .data can read.
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Returns text for the terminal. If it throws, the terminal shows the error's message. */
export type ControlCommand = (name: string) => Promise<string>;

export interface ControlAddress {
  readonly port: number;
  readonly token: string;
}

export async function listenForCommands(
  commands: Readonly<Record<string, ControlCommand>>,
): Promise<ControlAddress & { close(): void }> {
  const token = randomBytes(24).toString('base64url');
  const expected = Buffer.from(`Bearer ${token}`);

  const server = createServer(async (request, response) => {
    const given = Buffer.from(request.headers.authorization ?? '');
    const authorised = given.length === expected.length && timingSafeEqual(given, expected);
    const [, verb = '', name = ''] = (request.url ?? '').split('/');
    const command = Object.hasOwn(commands, verb) ? commands[verb] : undefined;
    response.setHeader('connection', 'close');
    if (!authorised || !command || request.method !== 'POST') {
      response.writeHead(authorised ? 404 : 401).end();
      return;
    }
    try {
      const text = await command(decodeURIComponent(name));
      response.writeHead(200).end(text);
    } catch (error) {
      response.writeHead(409).end((error as Error).message);
    }
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return { port, token, close: () => void server.close() };
}

export async function sendCommand({ port, token }: ControlAddress, verb: string, name = ''): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${port}/${verb}/${encodeURIComponent(name)}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(text || `the demo answered ${answer.status}`);
  return text;
}
