// Test fixture: runs the commands against a fake order service.
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough, Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { runMessages } from './run-messages.js';

export const ids = [1, 2, 3].map((n) => `00000000-0000-7000-8000-00000000000${n}`);
export const token = 'a-token-of-operators';

interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly body: { readonly limit?: number; readonly dryRun?: boolean; readonly cursor?: string };
  readonly headers: IncomingHttpHeaders;
}
interface FakeService {
  requests: ReceivedRequest[];
  /** 'reset' closes the connection without a response. */
  respond: (request: ReceivedRequest) => [number, unknown] | 'reset';
  url: string;
}

export const service: FakeService = { requests: [], respond: () => [200, {}], url: '' };

const server = createServer(async (request, response) => {
  let text = '';
  for await (const chunk of request) text += chunk;
  const body = text === '' ? {} : JSON.parse(text);
  const received = { method: request.method ?? '', path: request.url ?? '', body, headers: request.headers };
  service.requests.push(received);
  const answer = service.respond(received);
  if (answer === 'reset') {
    request.socket.destroy();
    return;
  }
  const [status, json] = answer;
  response
    .writeHead(status, { location: '/elsewhere' })
    .end(typeof json === 'string' ? json : JSON.stringify(json));
});

/** Serves the fake order service during the tests of the file. */
export function serveFakeService(): void {
  beforeAll(async () => {
    await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(null)));
    service.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => {
    service.requests = [];
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
}

/** @param options `typed` is the operator's input at a terminal */
export async function run(
  args: string[],
  {
    typed,
    env,
    now = () => Date.parse('2026-11-22T12:00:00Z'),
  }: { typed?: string; env?: NodeJS.ProcessEnv; now?: () => number } = {},
) {
  const out: string[] = [];
  const err: string[] = [];
  const code = await runMessages(args, {
    env: env ?? { ORDER_INTERNAL_URL: service.url, ADMIN_TOKEN: token },
    stdin: Readable.from(typed === undefined ? [] : [typed]),
    out: (text) => out.push(text),
    err: (text) => err.push(text),
    prompts: new PassThrough().resume(),
    isInteractive: typed !== undefined,
    now,
    pause: async () => {},
  });
  return { code, out: out.join('\n'), err: err.join('\n') };
}

export const deadLetters = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ id: `id-${n}`, key: 'k', type: 't', lastError: 'broken' }));

/** Makes the fake service respond like the bulk endpoints with `dead` dead letters. */
export function fakeBulk(dead: number, refused: number = 0) {
  let left = dead;
  service.respond = ({ body }) => {
    const items = deadLetters(Math.min(left, body.limit ?? 0));
    const matched = left + refused;
    if (!body.dryRun) left -= items.length;
    const changed = body.dryRun ? 0 : items.length;
    const more = left > 0;
    const nextCursor = more ? `c${left}` : null;
    const dryRun = body.dryRun === true;
    return [200, { matched, changed, refused, dryRun, items, more, complete: true, nextCursor }];
  };
}
export const changes = () => service.requests.filter(({ body }) => body.dryRun !== true);
