import { NO_ROUTE_DETAIL } from '@lmt/api';
import { beforeEach, describe, expect, test } from 'vitest';
import { ids, run, serveFakeService, service, token } from './fake-service.fixture.js';

serveFakeService();

describe('list', () => {
  const message = {
    id: 'i',
    key: 'k',
    type: 't',
    status: 'DEAD',
    attempts: 1,
    createdAt: '2026-11-22T11:00:00Z',
  };

  test('reads page after page up to the limit', async () => {
    service.respond = ({ path }) => {
      const query = new URL(path, service.url).searchParams;
      const items = Array(Number(query.get('limit'))).fill(message);
      return [
        200,
        {
          items,
          nextCursor: query.get('cursor') === 'b' ? null : query.get('cursor') === 'a' ? 'b' : 'a',
          complete: true,
          scannedTo: null,
        },
      ];
    };
    const { out } = await run(['list', '--status', 'DEAD', '--error', 'a b&c', '--limit', '250', '--json']);
    expect(JSON.parse(out)).toMatchObject({ nextCursor: 'b' });
    expect(JSON.parse(out).items).toHaveLength(250);
    expect(service.requests.map(({ path }) => path)).toEqual([
      '/messages?error=a+b%26c&limit=200&status=DEAD',
      '/messages?error=a+b%26c&limit=50&status=DEAD&cursor=a',
    ]);
    service.requests = [];
    expect(JSON.parse((await run(['list', '--all', '--json'])).out).items).toHaveLength(600);
  });
});

describe('a search that finds few messages', () => {
  const scannedTo = '2026-11-22T11:00:00Z';
  beforeEach(() => {
    service.respond = ({ path }) => {
      const cursor = Number(new URL(path, service.url).searchParams.get('cursor') ?? '0');
      const more = cursor < 9;
      const nextCursor = more ? String(cursor + 1) : null;
      return [200, { items: [], nextCursor, complete: !more, scannedTo: more ? scannedTo : null }];
    };
  });

  test('stops after two seconds and reports how far it read', async () => {
    let time = Date.parse('2026-11-22T12:00:00Z');
    const now = () => {
      time += 400;
      return time;
    };
    const { code, out } = await run(['list', '--type', 't'], { now });
    expect(code).toBe(0);
    expect(out).toBe(
      `no message matches so far: searched only messages written since ${scannedTo} (60 min ago); --all searches all, --before ${scannedTo} the older ones`,
    );
    expect(service.requests.length).toBeLessThan(9);
  });

  test('reads all messages with --all', async () => {
    const { out } = await run(['list', '--type', 't', '--all']);
    expect(out).toBe('no message matches');
    expect(service.requests).toHaveLength(10);
  });
});

test("operators' decisions are listed, also for one message", async () => {
  const action = { id: '7', at: '2026-11-22T11:00:00Z', actor: 'ada', action: 'discard', reason: 'gone' };
  const message = { messageId: ids[0], messageKey: 'k', messageType: 't' };
  service.respond = () => [200, { items: [{ ...action, ...message }], nextCursor: null }];
  const { code, out } = await run(['actions', ids[0] ?? '']);
  expect(code).toBe(0);
  expect(out).toMatch(new RegExp(`60 min +ada +discard +${ids[0]} +t\\n.*gone\\n1 decision$`));
  expect(service.requests[0]?.path).toBe(`/operator-actions?messageId=${ids[0]}&limit=50`);
  service.respond = () => [200, { items: [], nextCursor: null }];
  expect((await run(['actions'])).out).toBe('no decision is recorded');
});

describe('the command', () => {
  test.each([
    ['an unknown message', 404, { detail: 'There is no message' }, 1, 'There is no message'],
    ['a wrong token', 401, { detail: 'no' }, 1, 'rejects the token'],
    [
      'a value that the service rejects',
      400,
      { detail: 'x', errors: [{ path: 'type', message: 'too long' }] },
      2,
      'type: too long',
    ],
    ['another server', 200, '<html>', 1, 'is it the internal port of the order service?'],
    ['a hostile server', 409, { detail: '\u001b[2J' }, 1, '\\u001b[2J'],
    ['a redirect, which would send the token elsewhere', 307, '', 1, "can't be reached"],
  ])('reports %s', async (_name, status, body, code, text) => {
    service.respond = () => [status, body];
    const result = await run(['show', ids[0] ?? '']);
    expect(result).toMatchObject({ code, out: '' });
    expect(result.err).toContain(text);
    expect(service.requests).toHaveLength(1);
  });

  test('names the command for an order if show finds no message with the id', async () => {
    service.respond = () => [404, { detail: 'There is no message' }];
    const id = ids[0] ?? '';
    expect((await run(['show', id])).err).toBe(
      `There is no message. If it is the id of an order, trace ${id} shows its messages`,
    );
    service.respond = () => [404, '<html>'];
    expect((await run(['show', id])).err).not.toContain('trace');
  });

  test.each([['stats'], ['show', ids[0] ?? ''], ['requeue', ...ids]])(
    'names the internal port if the URL is that of another port: %s',
    async (...args) => {
      service.respond = () => [404, { detail: NO_ROUTE_DETAIL }];
      const { url } = service;
      expect(await run([...args, '--url', url], { env: { ADMIN_TOKEN: token } })).toEqual({
        code: 1,
        out: '',
        err: `${url} has no routes for operators: it is not the internal port of the order service. Pass the URL of its INTERNAL_PORT (3100 by default) with --url or ORDER_INTERNAL_URL`,
      });
      expect(service.requests).toHaveLength(1);
    },
  );

  test('reports an unreachable service', async () => {
    const env = { ORDER_INTERNAL_URL: 'http://127.0.0.1:1', ADMIN_TOKEN: token };
    const result = await run(['stats'], { env });
    expect(result).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^http:\/\/127\.0\.0\.1:1 can't be reached: /),
    });
  });

  test.each([
    ['the console', 'ORDER_ADMIN_TOKEN', token],
    ['the order service', 'ADMIN_TOKENS', `operator:${token},operator:another`],
  ])("uses the token of %s in that service's container", async (_name, variable, value) => {
    service.respond = ({ path }) => [200, { id: path }];
    const env = { [variable]: value, ORDER_INTERNAL_URL: service.url };
    expect(await run(['requeue', ids[0] ?? ''], { env })).toMatchObject({ code: 0 });
    expect(service.requests).toMatchObject([{ headers: { authorization: `Bearer ${token}` } }]);
  });

  test.each([
    ['no token', { ORDER_INTERNAL_URL: 'http://x' }, 'ADMIN_TOKEN is not set'],
    ['no URL', { ORDER_INTERNAL_URL: 'localhost', ADMIN_TOKEN: token }, 'ORDER_INTERNAL_URL: expected a URL'],
    ['a URL with a password', { ORDER_INTERNAL_URL: 'http://a:b@x', ADMIN_TOKEN: token }, 'expected a URL'],
    [
      'a token with a line end',
      { ORDER_INTERNAL_URL: 'http://x', ADMIN_TOKEN: 'a\nb' },
      'ADMIN_TOKEN: expected',
    ],
  ])('rejects %s as a wrong argument', async (_name, env, text) => {
    expect(await run(['stats'], { env })).toMatchObject({ code: 2, err: expect.stringContaining(text) });
  });

  test('reports a wrong argument', async () => {
    expect(await run(['list', '--colour'])).toEqual({
      code: 2,
      out: '',
      err: "error: unknown option '--colour'\n(--help shows the usage)",
    });
    expect(await run([])).toMatchObject({ code: 2, out: '', err: expect.stringContaining('requeue') });
  });
});

test('help is printed to stdout', async () => {
  const { code, out, err } = await run(['requeue', '--help']);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toContain('--dry-run');
  expect((await run(['--help'])).out).toContain('Exit 0: done');
});
