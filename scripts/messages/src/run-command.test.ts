// The command line against a service that is played here.
import type { IncomingHttpHeaders } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough, Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { runCommand } from './run-command.js';

const ids = [1, 2, 3].map((n) => `00000000-0000-7000-8000-00000000000${n}`);
const token = 'a-token-of-operators';

export type Asked = { method: string; path: string; body: any; headers: IncomingHttpHeaders };
let asked: Asked[] = [];
let answer: (asked: Asked) => [number, unknown] = (): [number, unknown] => [200, {}];
const server = createServer(async (request, response) => {
  let text = '';
  for await (const chunk of request) text += chunk;
  const body = text === '' ? null : JSON.parse(text);
  const one = { method: request.method ?? '', path: request.url ?? '', body, headers: request.headers };
  asked.push(one);
  const [status, json] = answer(one);
  response
    .writeHead(status, { location: '/elsewhere' })
    .end(typeof json === 'string' ? json : JSON.stringify(json));
});
let url = '';
beforeAll(async () => {
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(null)));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  asked = [];
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** @param options typed: by a person */
async function run(args: string[], { typed, env }: { typed?: string; env?: NodeJS.ProcessEnv } = {}) {
  const out: string[] = [];
  const err: string[] = [];
  const code = await runCommand(args, {
    env: env ?? { ORDER_INTERNAL_URL: url, ADMIN_TOKEN: token },
    stdin: Readable.from(typed === undefined ? [] : [typed]),
    out: (text) => out.push(text),
    err: (text) => err.push(text),
    prompts: new PassThrough().resume(),
    interactive: typed !== undefined,
    now: () => Date.parse('2026-11-22T12:00:00Z'),
  });
  return { code, out: out.join('\n'), err: err.join('\n') };
}

const letters = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ id: `id-${n}`, key: 'k', type: 't', lastError: 'broken' }));

/** Plays the bulk endpoints over so many dead letters. */
function playBulk(dead: number, refused: number = 0) {
  let left = dead;
  answer = ({ body }) => {
    const items = letters(Math.min(left, body.limit));
    const matched = left + refused;
    if (!body.dryRun) left -= items.length;
    const changed = body.dryRun ? 0 : items.length;
    return [200, { matched, changed, refused, dryRun: body.dryRun === true, items, more: left > 0 }];
  };
}
const changes = () => asked.filter(({ body }) => body.dryRun !== true);

describe('requeue and discard by id', () => {
  test('ask for one after the other, with the name and the reason', async () => {
    answer = ({ path }) => [200, { id: path }];
    const result = await run(['discard', ...ids.slice(0, 2), '--reason', 'never mind', '--by', 'Zoë']);
    expect(result).toEqual({ code: 0, out: `${ids[0]}  discarded\n${ids[1]}  discarded`, err: '' });
    expect(asked).toMatchObject(
      ids.slice(0, 2).map((id) => ({
        method: 'POST',
        path: `/messages/${id}/discard`,
        body: { reason: 'never mind' },
        headers: { authorization: `Bearer ${token}`, 'x-operator': Buffer.from('Zoë').toString('latin1') },
      })),
    );
  });

  test('go on after a refusal, and end with 1', async () => {
    answer = ({ path }) =>
      path.includes(ids[0] ?? '') ? [409, { detail: `${ids[0]} is COMPLETED` }] : [200, { id: ids[1] }];
    expect(await run(['requeue', ...ids.slice(0, 2)])).toEqual({
      code: 1,
      out: `${ids[1]}  requeued`,
      err: `${ids[0]} is COMPLETED`,
    });
    const { code, out } = await run(['requeue', ...ids.slice(0, 2), '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toEqual({
      items: [
        { id: ids[0], outcome: 'refused', status: 409, detail: `${ids[0]} is COMPLETED` },
        { id: ids[1], outcome: 'requeued', message: { id: ids[1] } },
      ],
    });
  });

  test('stop where the service does not answer, and say what was not tried', async () => {
    answer = ({ path }) =>
      path.includes(ids[0] ?? '') ? [200, {}] : [503, { detail: 'the database is away' }];
    expect(await run(['requeue', ...ids])).toEqual({
      code: 1,
      out: `${ids[0]}  requeued`,
      err: `the database is away\n1 message after ${ids[1]} was not tried`,
    });
  });
});

describe('requeue and discard by filter', () => {
  test('change all that fit, some thousand at a time, after a dry run', async () => {
    playBulk(2_300);
    const { code, out } = await run(['requeue', '--type', 't', '--reason', 'repaired', '--yes', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ matched: 2_300, changed: 2_300, refused: 0, more: false });
    expect(JSON.parse(out).items).toHaveLength(2_300);
    expect(asked[0]?.body).toEqual({ filter: { type: 't' }, limit: 1_000, dryRun: true });
    expect(changes().map(({ body }) => body)).toEqual(
      [1_000, 1_000, 300].map((limit) => ({ filter: { type: 't' }, limit, reason: 'repaired' })),
    );
  });

  test('never take more than the limit, nor more than there were at first', async () => {
    playBulk(2_300);
    await run(['requeue', '--all', '--reason', 'r', '--yes', '--limit', '1200']);
    expect(changes().map(({ body }) => body.limit)).toEqual([1_000, 200]);
    asked = [];
    // Each dies again at once.
    answer = ({ body }) => {
      const items = letters(Math.min(5, body.limit));
      return [200, { matched: 5, changed: items.length, refused: 0, dryRun: false, items, more: true }];
    };
    const { out } = await run(['requeue', '--all', '--reason', 'r', '--yes']);
    expect(changes()).toHaveLength(1);
    expect(out).toMatch(/5 DEAD messages fit, 5 were requeued$/);
  });

  test('change nothing in a dry run', async () => {
    playBulk(3, 1);
    const { code, out } = await run(['discard', '--all', '--dry-run']);
    expect(code).toBe(0);
    expect(out).toMatch(
      /4 DEAD messages fit, 3 would be discarded; 1 cancellation stays DEAD: requeue it instead/,
    );
    expect(changes()).toEqual([]);
  });

  test('ask a person first, who sees what it is about', async () => {
    playBulk(3);
    for (const typed of ['n\n', '\n', 'yes please\n', '']) {
      const result = await run(['requeue', '--all', '--reason', 'r'], { typed });
      expect(result).toMatchObject({ code: 1, out: '', err: expect.stringContaining('nothing was changed') });
      expect(result.err).toContain('id-2');
    }
    expect(changes()).toEqual([]);
    expect(await run(['requeue', '--all', '--reason', 'r'], { typed: 'y\n' })).toMatchObject({
      code: 0,
      out: '3 DEAD messages fit, 3 were requeued',
    });
  });

  test('need --yes where nobody can be asked', async () => {
    const result = await run(['requeue', '--all', '--reason', 'r']);
    expect(result).toMatchObject({ code: 2, err: expect.stringContaining('--yes is missing') });
    expect(asked).toEqual([]);
  });

  test('end with 1 when something was refused, with 0 when nothing fits', async () => {
    playBulk(1, 2);
    expect(await run(['discard', '--all', '--reason', 'r', '--yes'])).toMatchObject({
      code: 1,
      out: expect.stringMatching(/3 DEAD messages fit, 1 was discarded; 2 cancellations stay DEAD/),
    });
    playBulk(0);
    expect(await run(['discard', '--all', '--reason', 'r', '--yes'])).toMatchObject({ code: 0 });
  });

  test('say what had been done before the service went away', async () => {
    playBulk(1_500);
    const play = answer;
    answer = (one) => (one.body.limit === 500 ? [503, { detail: 'away' }] : play(one));
    const result = await run(['requeue', '--all', '--reason', 'r', '--yes']);
    expect(result).toEqual({ code: 1, out: '', err: '1,000 messages had been requeued before this:\naway' });
  });
});

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
    answer = ({ path }) => {
      const query = new URL(path, url).searchParams;
      const items = Array(Number(query.get('limit'))).fill(message);
      return [
        200,
        { items, nextCursor: query.get('cursor') === 'b' ? null : query.get('cursor') === 'a' ? 'b' : 'a' },
      ];
    };
    const { out } = await run(['list', '--status', 'DEAD', '--error', 'a b&c', '--limit', '250', '--json']);
    expect(JSON.parse(out)).toMatchObject({ nextCursor: 'b' });
    expect(JSON.parse(out).items).toHaveLength(250);
    expect(asked.map(({ path }) => path)).toEqual([
      '/messages?error=a+b%26c&limit=200&status=DEAD',
      '/messages?error=a+b%26c&limit=50&status=DEAD&cursor=a',
    ]);
    asked = [];
    expect(JSON.parse((await run(['list', '--all', '--json'])).out).items).toHaveLength(600);
  });
});

describe('what goes wrong', () => {
  test.each([
    ['a message that there is not', 404, { detail: 'There is no message' }, 1, 'There is no message'],
    ['another token', 401, { detail: 'no' }, 1, 'refuses the token'],
    [
      'a value the service refuses',
      400,
      { detail: 'x', errors: [{ path: 'type', message: 'too long' }] },
      2,
      'type: too long',
    ],
    ['another server', 200, '<html>', 1, "is that the order service's internal port?"],
    ['a hostile server', 409, { detail: '\u001b[2J' }, 1, '\\u001b[2J'],
    ['a redirection, which would take the token along', 307, '', 1, "can't be reached"],
  ])('%s', async (_name, status, body, code, text) => {
    answer = () => [status, body];
    const result = await run(['show', ids[0] ?? '']);
    expect(result).toMatchObject({ code, out: '' });
    expect(result.err).toContain(text);
    expect(asked).toHaveLength(1);
  });

  test('a service that is not there', async () => {
    const env = { ORDER_INTERNAL_URL: 'http://127.0.0.1:1', ADMIN_TOKEN: token };
    const result = await run(['stats'], { env });
    expect(result).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^http:\/\/127\.0\.0\.1:1 can't be reached: /),
    });
  });

  test.each([
    ['no token', { ORDER_INTERNAL_URL: 'http://x' }, 'ADMIN_TOKEN is not set'],
    [
      'a URL that is none',
      { ORDER_INTERNAL_URL: 'localhost', ADMIN_TOKEN: token },
      'ORDER_INTERNAL_URL: expected a URL',
    ],
    ['a URL with a password', { ORDER_INTERNAL_URL: 'http://a:b@x', ADMIN_TOKEN: token }, 'expected a URL'],
    [
      'a token with a line end',
      { ORDER_INTERNAL_URL: 'http://x', ADMIN_TOKEN: 'a\nb' },
      'ADMIN_TOKEN: expected',
    ],
  ])('%s is wrong usage', async (_name, env, text) => {
    expect(await run(['stats'], { env })).toMatchObject({ code: 2, err: expect.stringContaining(text) });
  });

  test('a wrong command line, with where to read on', async () => {
    expect(await run(['list', '--nope'])).toEqual({
      code: 2,
      out: '',
      err: "Unknown option '--nope'\nmessages list --help says more",
    });
    expect(await run(['requeue', '--help'])).toMatchObject({
      code: 0,
      out: expect.stringContaining('--dry-run'),
    });
    expect(await run(['--help'])).toMatchObject({ code: 0, out: expect.stringContaining('Exit 0: done') });
  });

  test('help says how it is called there, and where the demo has its data', async () => {
    const byNpm = await run(['show', '--help'], {
      env: { npm_lifecycle_event: 'messages', DEMO_DATA: '/d' },
    });
    expect(byNpm.out).toMatch(/^npm run messages -- show ID\n[\s\S]* for the demo from \/d\/demo\.json$/);
    const inContainer = await run(['--help'], { env: {} });
    expect(inContainer.out).toMatch(/^messages list \| show/);
    expect(inContainer.out).toContain('\nmessages COMMAND --help\n');
  });
});
