import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { sendJson } from './json.js';
import { serve, until } from './loopback.fixture.js';

const REQUEST = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

/** Opens a socket that sends a request and does not read the answer. */
async function openUnread(port: number) {
  const client = connect(port, '127.0.0.1').on('error', () => {});
  onTestFinished(() => void client.destroy());
  await once(client, 'connect');
  client.pause().write(REQUEST);
}

describe('limitRequests', { timeout: 30_000 }, () => {
  it('pipelining: answers 503 at once while too many requests on many sockets are unanswered', async () => {
    let entered = 0;
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const { url, log } = await serve(
      (router) => {
        router.get('/', async (_request, response) => {
          entered += 1;
          await gate;
          sendJson(response, 200, {});
        });
      },
      { limits: { maxUnanswered: 5, maxUnreadBytes: 1_000 } },
    );
    const answers = Array.from({ length: 5 }, () => fetch(url));
    await until(() => entered === 5);
    const refused = await fetch(url);
    expect([refused.status, refused.headers.get('retry-after'), await refused.json()]).toEqual([
      503,
      '1',
      {
        type: 'about:blank',
        title: 'Service Unavailable',
        status: 503,
        detail: 'Too many requests are waiting.',
      },
    ]);
    expect(log).toContainEqual(expect.objectContaining({ level: 'warn', msg: 'requests failed' }));
    open();
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect((await fetch(url)).status).toBe(200);
  });

  it('pipelining: cuts the client that has not read for longest when unread answers take too much memory', async () => {
    const cut: number[] = [];
    let answered = 0;
    const { port, url, log } = await serve(
      (router) => {
        router.get('/', (request, response) => {
          const id = answered;
          request.socket.once('close', () => cut.push(id));
          sendJson(response, 200, { text: 'x'.repeat(20_000_000) });
          answered += 1;
        });
        router.get('/ok', (_request, response) => sendJson(response, 200, { ok: true }));
      },
      { limits: { maxUnanswered: 100, maxUnreadBytes: 50_000_000 } },
    );
    for (let client = 0; client < 6; client += 1) {
      await openUnread(port);
      await until(() => answered === client + 1);
    }
    await until(() => cut.length >= 3);
    expect(cut.slice(0, 3)).toEqual([0, 1, 2]);
    expect(cut).not.toContain(5);
    expect((await fetch(`${url}/ok`)).status).toBe(200);
    expect(log).toContainEqual(
      expect.objectContaining({ level: 'warn', msg: 'connections cut because their clients do not read' }),
    );
  });

  it('does not cut a client that reads slowly while there is memory', async () => {
    const { url } = await serve(
      (router) => {
        router.get('/', (_request, response) => sendJson(response, 200, { text: 'x'.repeat(20_000_000) }));
      },
      { limits: { maxUnanswered: 100, maxUnreadBytes: 50_000_000 } },
    );
    const answer = await fetch(url);
    expect((await answer.text()).length).toBeGreaterThan(20_000_000);
  });
});
