import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { createLogger } from '../logging/create-logger.js';
import { type AppOptions, createApp } from './create-app.js';
import { type HttpServer, type ListenOptions, listen } from './listen.js';

export interface Served extends HttpServer {
  /** What was logged so far, parsed. */
  readonly log: readonly Record<string, unknown>[];
  post(
    path: string,
    body: string | Uint8Array<ArrayBuffer>,
    headers?: Record<string, string>,
  ): Promise<Response>;
}

/** Serves routes on a free loopback port until the test ends. */
export async function serve(
  routes: AppOptions['routes'],
  options: Partial<AppOptions & ListenOptions> = {},
): Promise<Served> {
  const log: Record<string, unknown>[] = [];
  const stream = { write: (line: string) => log.push(JSON.parse(line)) };
  const logger = createLogger({ service: 'test', level: 'debug', format: 'json', stream });
  const app = createApp({ logger, bodyLimitBytes: 1_000, routes, ...options });
  const server = await listen(app, { host: '127.0.0.1', port: 0, logger, ...options });
  onTestFinished(() => server.close(0));
  return {
    ...server,
    log,
    post: (path, body, headers = {}) =>
      fetch(server.url + path, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json', ...headers },
      }),
  };
}

/** Sends bytes over a socket of its own and resolves with all that came back until the server ended it. */
export function exchange(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    let answer = '';
    socket.setEncoding('latin1').on('data', (text) => {
      answer += text;
    });
    socket.on('error', reject).on('close', () => resolve(answer));
  });
}

/** Resolves when the condition holds; rejects after 5 s. */
export async function until(condition: () => boolean): Promise<void> {
  for (let waited = 0; !condition(); waited += 5) {
    if (waited > 5_000) throw new Error('waited 5 s in vain');
    await sleep(5);
  }
}
