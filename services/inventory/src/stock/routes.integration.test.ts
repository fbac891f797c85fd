import { createCheckedFetch } from '@lmt/api/check';
import { databaseFailure, databaseReason } from '@lmt/prisma-inventory';
import { createApp, databaseProblem, type HttpServer, listen } from '@lmt/service-kit';
import { recordLog } from '@lmt/service-kit/recorded-log';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SESSION_SETTINGS } from '../database.js';
import { createInternalApi, publicApi } from '../http.js';
import { createInventoryTestDatabase, type InventoryTestDatabase } from '../inventory.fixture.js';
import { adjustmentRoutes, stockRoutes } from './routes.js';

const TOKEN = 'an-operator-token-of-more-than-32-characters';
const checkedPublic = createCheckedFetch(publicApi);
const checkedInternal = createCheckedFetch(createInternalApi('kafka'));
const log = recordLog();

let db: InventoryTestDatabase;
let server: HttpServer;
let without: HttpServer;
beforeAll(async () => {
  db = await createInventoryTestDatabase();
  const serve = (database: ReturnType<InventoryTestDatabase['connect']>) => {
    const app = createApp({
      logger: log.logger,
      bodyLimitBytes: 10_000,
      mapError: (error) => databaseProblem(databaseFailure(error), databaseReason(error)),
      routes: (router) => {
        stockRoutes(router, database);
        adjustmentRoutes(router, {
          database,
          operators: [{ name: 'ada', token: TOKEN }],
          logger: log.logger,
        });
      },
    });
    return listen(app, { host: '127.0.0.1', port: 0 });
  };
  server = await serve(db.connect(SESSION_SETTINGS));
  without = await serve(db.connectToNothing());
});
beforeEach(() => db.empty());
afterAll(async () => {
  await Promise.all([server.close(0), without.close(0)]);
  await db.close();
});

async function ask(path: string, init: RequestInit = {}, url = server.url) {
  const send = path.endsWith('/adjustments') ? checkedInternal : checkedPublic;
  const response = await send(url + path, init);
  const body = response.headers.get('content-type')?.includes('json') ? await response.json() : null;
  return { status: response.status, headers: response.headers, body };
}

const operator = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
const adjust = (sku: string, body: unknown, headers: Record<string, string> = operator, url = server.url) => {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return ask(`/stock/${sku}/adjustments`, { method: 'POST', headers, body: text }, url);
};

describe('reading stock', () => {
  it('returns a sku, all skus in pages, and the movements of a sku, newest first', async () => {
    await db.stock({ A: 1, B: 2, C: 3 });
    await adjust('B', { delta: -1, reason: 'broken' });
    expect((await ask('/stock/B')).body).toEqual({ sku: 'B', available: 1 });

    const first = await ask('/stock?limit=2');
    expect(first.body).toEqual({
      items: [
        { sku: 'A', available: 1 },
        { sku: 'B', available: 1 },
      ],
      nextCursor: 'B',
    });
    expect((await ask('/stock?limit=2&cursor=B')).body).toEqual({
      items: [{ sku: 'C', available: 3 }],
      nextCursor: null,
    });

    const newest = await ask('/stock/B/movements?limit=1');
    expect(newest.body.items).toEqual([
      {
        id: expect.any(String),
        orderId: null,
        sku: 'B',
        kind: 'ADJUST',
        delta: -1,
        reason: 'broken',
        actor: 'ada',
        createdAt: expect.any(String),
      },
    ]);
    const oldest = await ask(`/stock/B/movements?limit=1&cursor=${newest.body.nextCursor}`);
    expect(oldest.body.items).toMatchObject([{ delta: 2 }]);
  });

  it.each(['/stock/NOPE', '/stock/NOPE/movements', '/nothing'])('answers 404 for %s', async (path) => {
    expect((await ask(path)).body).toMatchObject({ status: 404 });
  });

  it.each([
    ['/stock/%00', 'sku'],
    ['/stock?limit=0', 'limit'],
    ['/stock/A/movements?cursor=-1', 'cursor'],
  ])('answers 400 for %s, naming the field', async (path, field) => {
    const { status, headers, body } = await ask(path);
    expect([status, headers.get('content-type')]).toEqual([400, 'application/problem+json']);
    expect(body.errors.map((fault: { path: string }) => fault.path)).toContain(field);
  });

  it('answers 400 for a path that does not decode', async () => {
    expect((await ask('/stock/%E0%A4%A')).status).toBe(400);
  });

  it.each([
    ['POST', '/stock', 'GET, HEAD'],
    ['DELETE', '/stock/A', 'GET, HEAD'],
    ['PUT', '/stock/A/movements', 'GET, HEAD'],
    ['GET', '/stock/A/adjustments', 'POST'],
  ])('answers 405 for %s %s, naming the allowed methods', async (method, path, allowed) => {
    const { status, headers } = await ask(path, { method });
    expect([status, headers.get('allow')]).toEqual([405, allowed]);
  });

  it('answers 503 while the database is down', async () => {
    const { status, headers } = await ask('/stock/A', {}, without.url);
    expect([status, headers.get('retry-after')]).toEqual([503, '2']);
  });
});

describe('adjusting stock over HTTP', () => {
  it('creates a sku, adds and subtracts', async () => {
    expect(await adjust('KEYBOARD', { delta: 5, reason: 'delivery' })).toMatchObject({
      status: 200,
      body: { sku: 'KEYBOARD', available: 5 },
    });
    expect((await adjust('KEYBOARD', { delta: -2, reason: 'broken' })).body).toEqual({
      sku: 'KEYBOARD',
      available: 3,
    });
  });

  it('answers 409 with the available stock when it would drop below zero, and 404 for an unknown sku', async () => {
    await db.stock({ KEYBOARD: 1 });
    const below = await adjust('KEYBOARD', { delta: -2, reason: 'x' });
    expect([below.status, below.body.detail]).toEqual([409, expect.stringContaining('1 available')]);
    const unknown = await adjust('NOPE', { delta: -2, reason: 'x' });
    expect(unknown.status).toBe(404);
    expect((await db.snapshot()).stock).toEqual({ KEYBOARD: 1 });
  });

  it.each([
    ['no token', {}],
    ['another token', { authorization: `Bearer ${TOKEN}x` }],
    ['another scheme', { authorization: `Basic ${TOKEN}` }],
    ['an empty token', { authorization: 'Bearer ' }],
  ])('answers 401 with %s, and changes nothing', async (_name, headers) => {
    const body = { delta: 5, reason: 'x' };
    const answer = await adjust('KEYBOARD', body, { 'content-type': 'application/json', ...headers });
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    expect((await db.snapshot()).stock).toEqual({});
  });

  it('answers 400 for a bad delta, naming the field, and changes nothing', async () => {
    const answer = await adjust('KEYBOARD', { delta: 0, reason: 'x' });
    expect(answer.status).toBe(400);
    expect(answer.body.errors.map((fault: { path: string }) => fault.path)).toEqual(['delta']);
    expect((await db.snapshot()).stock).toEqual({});
  });

  it('adjust-twice: answers a repeat with the first answer, and marks it as a replay', async () => {
    const keyed = { ...operator, 'idempotency-key': 'delivery-7', 'x-operator': 'ada' };
    const body = { delta: 5, reason: 'delivery' };
    const first = await adjust('KEYBOARD', body, keyed);
    const again = await adjust('KEYBOARD', body, keyed);
    expect([first.status, first.headers.get('idempotency-replayed')]).toEqual([200, null]);
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([200, 'true']);
    expect(again.body).toEqual(first.body);
    expect((await ask('/stock/KEYBOARD/movements')).body.items).toMatchObject([{ delta: 5, actor: 'ada' }]);
    const other = await adjust('KEYBOARD', { delta: 6, reason: 'delivery' }, keyed);
    expect(other).toMatchObject({
      status: 422,
      body: { detail: expect.stringContaining('Idempotency-Key') },
    });
    const bad = await adjust('KEYBOARD', body, { ...keyed, 'idempotency-key': 'a b' });
    expect([bad.status, bad.body.errors?.[0]?.path]).toEqual([400, 'idempotency-key']);
    expect((await db.snapshot()).stock).toEqual({ KEYBOARD: 5 });
  });

  it('row-lock-inventory: answers 503 with Retry-After while another session holds the stock', async () => {
    await db.stock({ KEYBOARD: 1, MOUSE: 1 });
    await db.whileOpen(`UPDATE stock_items SET updated_at = now() WHERE sku = 'KEYBOARD'`, async () => {
      const { status, headers } = await adjust('KEYBOARD', { delta: 5, reason: 'delivery' });
      expect([status, headers.get('retry-after')]).toEqual([503, '2']);
      expect((await adjust('MOUSE', { delta: 5, reason: 'delivery' })).status).toBe(200);
    });
  });

  it('caused no server error in the tests above', () => {
    expect(log.lines.filter(({ level }) => level === 'error')).toEqual([]);
  });
});
