import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type RequestListener, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createOpenApiDocument } from '@lmt/api';
import { createAnswerCheck } from '@lmt/api/check';
import { createApp, createLogger, listen, parseConfig } from '@lmt/service-kit';
import { onTestFinished } from 'vitest';
import { api, consoleContracts } from './api.js';
import { config } from './config.js';
import { BODY_LIMIT_BYTES, consoleRoutes } from './http.js';
import { createUpstreamClient } from './proxy/upstream.js';

export const TOKENS = {
  SIGN_IN_TOKEN: 'sign-in-token-of-thirty-two-characters',
  ORDER_ADMIN_TOKEN: 'order-admin-token-of-thirty-two-characters',
  INVENTORY_ADMIN_TOKEN: 'inventory-admin-token-of-thirty-two-characters',
  CONTROL_TOKEN: 'control-token-of-more-than-thirty-two-characters',
};

interface UpstreamRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export const answerJson =
  (status: number, body: unknown, headers: Record<string, string> = {}): RequestListener =>
  (_request, response) =>
    void response
      .writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers })
      .end(JSON.stringify(body));

/** Serves `listener` on a free port and records its requests, whose bodies are read. */
export async function serveUpstream(listener: RequestListener = answerJson(200, { fine: true })) {
  const requests: UpstreamRequest[] = [];
  const server = createServer(async (incoming, response) => {
    const { method = '', url = '', headers } = incoming;
    requests.push({ method, url, headers, body: await text(incoming) });
    listener(incoming, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  onTestFinished(close);
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, requests, close };
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  json(): unknown;
}

export interface Sent {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** Not of the services' routes, because the tests' upstreams answer with anything. */
const check = createAnswerCheck(createOpenApiDocument({ ...api, routes: consoleContracts }));

/** Sends the path as it is, without normalising it. Throws if an answer differs from the document. */
function sendRaw(port: number, path: string, { method = 'GET', headers = {}, body }: Sent): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port, path, method, headers, agent: false },
      async (received) => {
        const answer = await text(received);
        const { statusCode: status = 0, headers: answered } = received;
        const [pathname = ''] = path.split('?');
        try {
          check({ method, path: pathname, status, type: answered['content-type'] ?? null, text: answer });
        } catch (error) {
          return reject(error);
        }
        resolve({ status, headers: answered, text: answer, json: () => JSON.parse(answer) });
      },
    );
    // Node encodes a text together with the headers, in UTF-8.
    sent.on('error', reject).end(body && Buffer.from(body));
  });
}

function writePage(): string {
  const folder = mkdtempSync(join(tmpdir(), 'console-page-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'assets'));
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>the page</title>');
  writeFileSync(join(folder, 'assets', 'index-abc123.js'), 'export {};');
  writeFileSync(join(folder, 'assets', 'index-abc123.js.br'), 'compressed');
  writeFileSync(join(folder, 'assets', 'icon-abc123.svg'), '<svg/>');
  return folder;
}

/** Serves the console on a free port until the test ends. All services are at `upstream`. */
export async function serveConsole(upstream: string, env: Record<string, string> = {}) {
  const { CONTROL_TOKEN: _unused, ...tokens } = TOKENS;
  const names = ['ORDER_URL', 'ORDER_INTERNAL_URL', 'INVENTORY_URL', 'INVENTORY_INTERNAL_URL'];
  const urls = Object.fromEntries([...names, 'RELAY_INTERNAL_URL'].map((name) => [name, upstream]));
  const settings = parseConfig(config, { ...tokens, ...urls, ...env });
  const log: string[] = [];
  const stream = { write: (line: string) => log.push(line) };
  const logger = createLogger({ service: 'console', level: 'debug', format: 'json', stream });
  const client = createUpstreamClient();
  const pageFolder = writePage();
  const app = createApp({
    logger,
    bodyLimitBytes: BODY_LIMIT_BYTES,
    deferBodies: true,
    routes: (router) => consoleRoutes(router, { settings, client, version: '1.2.3', logger, pageFolder }),
  });
  const server = await listen(app, { host: '127.0.0.1', port: 0 });
  onTestFinished(async () => {
    await server.close(0);
    await client.close();
  });
  const port = Number(new URL(server.url).port);
  let received = 0;
  server.server.on('request', () => {
    received += 1;
  });
  const send = (path: string, sent: Sent = {}) => sendRaw(port, path, sent);
  const origin = { origin: server.url };

  /** Returns the header with the cookies of a new session. */
  async function signIn(): Promise<{ cookie: string }> {
    const { headers } = await send(`/sign-in?token=${settings.SIGN_IN_TOKEN}`);
    return { cookie: (headers['set-cookie'] ?? []).map((cookie) => cookie.split(';')[0]).join('; ') };
  }

  return {
    url: server.url,
    log,
    send,
    signIn,
    /** Number of requests that have reached the console. */
    received: () => received,
    /** Signs in and returns functions that send requests as the page does. */
    async open() {
      const session = await signIn();
      return {
        session,
        get: (path: string) => send(path, { headers: session }),
        post: (path: string, body?: string, headers: Record<string, string> = {}) =>
          send(path, {
            method: 'POST',
            headers: { ...session, ...origin, 'content-type': 'application/json', ...headers },
            ...(body === undefined ? {} : { body }),
          }),
      };
    },
  };
}
