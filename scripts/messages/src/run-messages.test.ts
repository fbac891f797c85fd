// Runs the commands against a fake order service.
import type { IncomingHttpHeaders } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough, Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { runMessages } from './run-messages.js';

const ids = [1, 2, 3].map((n) => `00000000-0000-7000-8000-00000000000${n}`);
const token = 'a-token-of-operators';

interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly body: { readonly limit?: number; readonly dryRun?: boolean; readonly cursor?: string };
  readonly headers: IncomingHttpHeaders;
}
let requests: ReceivedRequest[] = [];
/** 'reset' closes the connection without a response. */
let respond: (request: ReceivedRequest) => [number, unknown] | 'reset' = () => [200, {}];
const server = createServer(async (request, response) => {
  let text = '';
  for await (const chunk of request) text += chunk;
  const body = text === '' ? {} : JSON.parse(text);
  const received = { method: request.method ?? '', path: request.url ?? '', body, headers: request.headers };
  requests.push(received);
  const answer = respond(received);
  if (answer === 'reset') {
    request.socket.destroy();
    return;
  }
  const [status, json] = answer;
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
  requests = [];
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** @param options `typed` is the operator's input at a terminal */
async function run(
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
    env: env ?? { ORDER_INTERNAL_URL: url, ADMIN_TOKEN: token },
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

const deadLetters = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ id: `id-${n}`, key: 'k', type: 't', lastError: 'broken' }));

/** Makes the fake service respond like the bulk endpoints with `dead` dead letters. */
function fakeBulk(dead: number, refused: number = 0) {
  let left = dead;
  respond = ({ body }) => {
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
const changes = () => requests.filter(({ body }) => body.dryRun !== true);

describe('requeue and discard by id', () => {
  test('send one request per message, with the operator and the reason', async () => {
    respond = ({ path }) => [200, { id: path }];
    const result = await run(['discard', ...ids.slice(0, 2), '--reason', 'never mind', '--by', 'Zoë']);
    expect(result).toEqual({ code: 0, out: `${ids[0]}  discarded\n${ids[1]}  discarded`, err: '' });
    expect(requests).toMatchObject(
      ids.slice(0, 2).map((id) => ({
        method: 'POST',
        path: `/messages/${id}/discard`,
        body: { reason: 'never mind' },
        headers: { authorization: `Bearer ${token}`, 'x-operator': Buffer.from('Zoë').toString('latin1') },
      })),
    );
  });

  test('continue after a rejection, and exit with 1', async () => {
    respond = ({ path }) =>
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

  test('stop when the service fails, and report how many messages were not tried', async () => {
    respond = ({ path }) =>
      path.includes(ids[0] ?? '') ? [200, {}] : [503, { detail: 'the database is away' }];
    expect(await run(['requeue', ...ids])).toEqual({
      code: 1,
      out: `${ids[0]}  requeued`,
      err: `the database is away; run the command again later\n1 message after ${ids[1]} was not tried`,
    });
  });
});

describe('a decision', () => {
  test('is resent with the same key when its reply is lost or the service answers 503', async () => {
    let count = 0;
    respond = () => {
      count += 1;
      return count === 1 ? 'reset' : count === 2 ? [503, { detail: 'away' }] : [200, {}];
    };
    expect(await run(['send-now', ids[0] ?? ''])).toEqual({ code: 0, out: `${ids[0]}  sent now`, err: '' });
    const keys = requests.map(({ headers }) => headers['idempotency-key']);
    expect(keys).toHaveLength(3);
    expect(new Set(keys)).toEqual(new Set([expect.stringMatching(/^[\da-f-]{36}$/)]));
    await run(['send-now', ids[0] ?? '']);
    expect(requests.at(-1)?.headers['idempotency-key']).not.toBe(keys[0]);
  });

  test('reports an outage without advice about keys', async () => {
    respond = () => [
      503,
      { detail: 'The database is away. Retry, with the same Idempotency-Key if the request had one.' },
    ];
    const { code, err } = await run(['requeue', ids[0] ?? '']);
    expect({ code, err }).toEqual({ code: 1, err: 'The database is away; run the command again later' });
  });

  test("has the token's name, unless the operator specified another name", async () => {
    respond = ({ headers }) =>
      headers['x-operator'] === undefined
        ? [200, {}]
        : [400, { detail: 'x', errors: [{ path: 'x-operator', message: 'the token belongs to bob' }] }];
    expect((await run(['requeue', ...ids])).code).toBe(0);
    expect(requests).toHaveLength(4);
    expect(await run(['requeue', ids[0] ?? '', '--by', 'eve'])).toMatchObject({
      code: 2,
      err: 'x-operator: the token belongs to bob',
    });
  });

  test('by filter continues behind a part without matches, and names a lower bound', async () => {
    const page = { changed: 0, refused: 0, items: [], more: true, complete: false };
    const done = { matched: 2, changed: 2, refused: 0, items: deadLetters(2), more: false };
    respond = ({ body }) => {
      if (body.dryRun) return [200, { ...page, matched: 0, dryRun: true, nextCursor: 'c1' }];
      if (body.cursor === 'c1') return [200, { ...done, dryRun: false, complete: true, nextCursor: null }];
      return [200, { ...page, matched: 0, dryRun: false, nextCursor: 'c1' }];
    };
    const { out } = await run(['send-now', '--error', 'x', '--reason', 'r', '--yes']);
    expect(out).toMatch(/at least 0 waiting messages match, 2 were sent now$/);
    expect((await run(['send-now', '--all', '--dry-run'])).out).toBe(
      'at least 0 waiting messages match, at least 0 would be sent now',
    );
  });
});

describe('requeue and discard by filter', () => {
  test('change every match in batches of a thousand, after a dry run', async () => {
    fakeBulk(2_300);
    const { code, out } = await run(['requeue', '--type', 't', '--reason', 'repaired', '--yes', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ matched: 2_300, changed: 2_300, refused: 0, more: false });
    expect(JSON.parse(out).items).toHaveLength(2_300);
    expect(requests[0]?.body).toEqual({ filter: { type: 't' }, limit: 1_000, dryRun: true });
    expect(changes().map(({ body }) => body)).toEqual(
      [{ limit: 1_000 }, { limit: 1_000, cursor: 'c1300' }, { limit: 300, cursor: 'c300' }].map((batch) => ({
        filter: { type: 't' },
        reason: 'repaired',
        ...batch,
      })),
    );
  });

  test('never exceed the limit, nor the number of matches at the start', async () => {
    fakeBulk(2_300);
    await run(['requeue', '--all', '--reason', 'r', '--yes', '--limit', '1200']);
    expect(changes().map(({ body }) => body.limit)).toEqual([1_000, 200]);
    requests = [];
    // Each message dies again at once.
    respond = ({ body }) => {
      const items = deadLetters(Math.min(5, body.limit ?? 0));
      const page = { more: true, complete: true, nextCursor: 'c' };
      return [200, { matched: 5, changed: items.length, refused: 0, dryRun: false, items, ...page }];
    };
    const { out } = await run(['requeue', '--all', '--reason', 'r', '--yes']);
    expect(changes()).toHaveLength(1);
    expect(out).toMatch(/5 DEAD messages match, 5 were requeued$/);
  });

  test('change nothing in a dry run', async () => {
    fakeBulk(3, 1);
    const { code, out } = await run(['discard', '--all', '--dry-run']);
    expect(code).toBe(0);
    expect(out).toMatch(
      /4 DEAD messages match, 3 would be discarded; 1 cancellation stays DEAD: requeue it instead/,
    );
    expect(changes()).toEqual([]);
  });

  test('list the messages and ask for confirmation', async () => {
    fakeBulk(3);
    for (const typed of ['n\n', '\n', 'yes please\n', '']) {
      const result = await run(['requeue', '--all', '--reason', 'r'], { typed });
      expect(result).toMatchObject({ code: 1, out: '', err: expect.stringContaining('nothing was changed') });
      expect(result.err).toContain('id-2');
    }
    expect(changes()).toEqual([]);
    expect(await run(['requeue', '--all', '--reason', 'r'], { typed: 'y\n' })).toMatchObject({
      code: 0,
      out: '3 DEAD messages match, 3 were requeued',
    });
  });

  test('need --yes without a terminal', async () => {
    const result = await run(['requeue', '--all', '--reason', 'r']);
    expect(result).toMatchObject({ code: 2, err: expect.stringContaining('--yes is missing') });
    expect(requests).toEqual([]);
  });

  test('exit with 1 if a message was refused, and with 0 if none matches', async () => {
    fakeBulk(1, 2);
    expect(await run(['discard', '--all', '--reason', 'r', '--yes'])).toMatchObject({
      code: 1,
      out: expect.stringMatching(/3 DEAD messages match, 1 was discarded; 2 cancellations stay DEAD/),
    });
    fakeBulk(0);
    expect(await run(['discard', '--all', '--reason', 'r', '--yes'])).toMatchObject({ code: 0 });
  });

  test('report the messages that the service skipped', async () => {
    respond = ({ body: { dryRun } }) => {
      const items = deadLetters(dryRun ? 3 : 1);
      const counts = { matched: 3, changed: dryRun ? 0 : 1, refused: 0, more: true, complete: true };
      return [200, { ...counts, dryRun, items, nextCursor: null }];
    };
    const { code, out, err } = await run(['requeue', '--all', '--reason', 'repaired', '--yes']);
    expect({ code, err }).toEqual({
      code: 0,
      err: '2 messages skipped: locked or changed by another transaction',
    });
    expect(out).toContain('3 DEAD messages match, 1 was requeued');
  });

  test('report the messages that were changed before the service failed', async () => {
    fakeBulk(1_500);
    const respondNormally = respond;
    respond = (request) =>
      request.body.limit === 500 ? [503, { detail: 'away' }] : respondNormally(request);
    const result = await run(['requeue', '--all', '--reason', 'r', '--yes']);
    expect(result).toEqual({
      code: 1,
      out: '',
      err: '1,000 messages had been requeued before this:\naway; run the command again later',
    });
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
    respond = ({ path }) => {
      const query = new URL(path, url).searchParams;
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
    expect(requests.map(({ path }) => path)).toEqual([
      '/messages?error=a+b%26c&limit=200&status=DEAD',
      '/messages?error=a+b%26c&limit=50&status=DEAD&cursor=a',
    ]);
    requests = [];
    expect(JSON.parse((await run(['list', '--all', '--json'])).out).items).toHaveLength(600);
  });
});

describe('a search that finds few messages', () => {
  const scannedTo = '2026-11-22T11:00:00Z';
  beforeEach(() => {
    respond = ({ path }) => {
      const cursor = Number(new URL(path, url).searchParams.get('cursor') ?? '0');
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
    expect(requests.length).toBeLessThan(9);
  });

  test('reads all messages with --all', async () => {
    const { out } = await run(['list', '--type', 't', '--all']);
    expect(out).toBe('no message matches');
    expect(requests).toHaveLength(10);
  });
});

test("operators' decisions are listed, also for one message", async () => {
  const action = { id: '7', at: '2026-11-22T11:00:00Z', actor: 'ada', action: 'discard', reason: 'gone' };
  const message = { messageId: ids[0], messageKey: 'k', messageType: 't' };
  respond = () => [200, { items: [{ ...action, ...message }], nextCursor: null }];
  const { code, out } = await run(['actions', ids[0] ?? '']);
  expect(code).toBe(0);
  expect(out).toMatch(new RegExp(`60 min +ada +discard +${ids[0]} +t\\n.*gone\\n1 decision$`));
  expect(requests[0]?.path).toBe(`/operator-actions?messageId=${ids[0]}&limit=50`);
  respond = () => [200, { items: [], nextCursor: null }];
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
    respond = () => [status, body];
    const result = await run(['show', ids[0] ?? '']);
    expect(result).toMatchObject({ code, out: '' });
    expect(result.err).toContain(text);
    expect(requests).toHaveLength(1);
  });

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
    respond = ({ path }) => [200, { id: path }];
    const env = { [variable]: value, ORDER_INTERNAL_URL: url };
    expect(await run(['requeue', ids[0] ?? ''], { env })).toMatchObject({ code: 0 });
    expect(requests).toMatchObject([{ headers: { authorization: `Bearer ${token}` } }]);
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
