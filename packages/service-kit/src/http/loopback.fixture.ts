import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { recordLog } from '../logging/recorded-log.fixture.js';
import { type AppOptions, createApp } from './create-app.js';
import { type HttpServer, type ListenOptions, listen } from './listen.js';

export interface Served extends HttpServer {
  readonly port: number;
  /** The parsed log lines so far. */
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
  { host = '127.0.0.1', port = 0, ...options }: Partial<AppOptions & ListenOptions> = {},
): Promise<Served> {
  const { lines: log, logger } = recordLog();
  const app = createApp({ logger, bodyLimitBytes: 1_000, routes, ...options });
  const server = await listen(app, { host, port, ...options });
  onTestFinished(() => server.close(0));
  return {
    ...server,
    port: Number(new URL(server.url).port),
    log,
    post: (path, body, headers = {}) =>
      fetch(server.url + path, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json', ...headers },
      }),
  };
}

/** Sends bytes over a new socket. Resolves with everything received until the server closed it. */
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
    if (waited > 5_000) throw new Error('the condition did not hold within 5 s');
    await sleep(5);
  }
}
