import { randomUUID } from 'node:crypto';
import { createCheckedFetch } from '@lmt/api/check';
import { databaseFailure, databaseReason, type InventoryDatabase } from '@lmt/prisma-inventory';
import { createApp, databaseProblem, type HttpServer, listen } from '@lmt/service-kit';
import { recordLog } from '@lmt/service-kit/recorded-log';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { processOrders } from '../consume/process-orders.js';
import { createInternalApi } from '../http.js';
import {
  aCancellation,
  aPlacement,
  createInventoryTestDatabase,
  type InventoryTestDatabase,
  RECEIVED_AT,
} from '../inventory.fixture.js';
import { inboxRoutes } from './routes.js';

const checkedFetch = createCheckedFetch(createInternalApi('kafka'));
const TOKEN = 'an-operator-token-of-more-than-32-characters';
const PROCESSED_AT = '2026-01-01T00:00:01.000Z';

let db: InventoryTestDatabase;
let inventory: InventoryDatabase;
let server: HttpServer;
let without: HttpServer;
beforeAll(async () => {
  db = await createInventoryTestDatabase();
  inventory = db.connect();
  const serve = (database: InventoryDatabase) => {
    const app = createApp({
      logger: recordLog().logger,
      bodyLimitBytes: 1_000,
      mapError: (error) => databaseProblem(databaseFailure(error), databaseReason(error)),
      routes: (router) => inboxRoutes(router, { database, operators: [{ name: 'ada', token: TOKEN }] }),
    });
    return listen(app, { host: '127.0.0.1', port: 0 });
  };
  server = await serve(inventory);
  without = await serve(db.connectToNothing());
});
beforeEach(() => db.empty());
afterAll(async () => {
  await Promise.all([server.close(0), without.close(0)]);
  await db.close();
});

const bearer = { authorization: `Bearer ${TOKEN}` };
async function ask(id: string, { url = server.url, ...init }: RequestInit & { url?: string } = {}) {
  const response = await checkedFetch(`${url}/inbox/${id}`, { headers: bearer, ...init });
  return { status: response.status, headers: response.headers, body: await response.json() };
}
const consume = (...messages: Parameters<typeof processOrders>[1]) =>
  processOrders(db.connectConsumer(), messages, { now: () => new Date(PROCESSED_AT) });

const times = { receivedAt: RECEIVED_AT, processedAt: PROCESSED_AT };
const anyTime = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]{12}Z$/);
const movement = (kind: string, orderId: string, sku: string, delta: number) => ({
  id: expect.stringMatching(/^\d+$/),
  orderId,
  sku,
  kind,
  delta,
  createdAt: anyTime,
});

describe('GET /inbox/:messageId', () => {
  it('returns the message with its result, reservation and movements', async () => {
    await db.stock({ KEYBOARD: 5, MOUSE: 5 });
    const message = aPlacement({ KEYBOARD: 2, MOUSE: 1 });
    await consume(message, aPlacement({ KEYBOARD: 1 }));
    const { status, body } = await ask(message.id.toUpperCase());
    expect(status).toBe(200);
    expect(body).toEqual({
      id: message.id,
      type: 'order.placed.v1',
      orderId: message.key,
      receivedAt: anyTime,
      result: { outcome: 'SUCCEEDED', ...times },
      reservation: { status: 'RESERVED', createdAt: anyTime, updatedAt: anyTime },
      movements: [
        movement('DEDUCT', message.key, 'KEYBOARD', -2),
        movement('DEDUCT', message.key, 'MOUSE', -1),
      ],
    });
  });

  it('returns the reason of a rejection, and no movements', async () => {
    const message = aPlacement({ NOPE: 1 });
    await consume(message);
    expect((await ask(message.id)).body).toMatchObject({
      result: { outcome: 'REJECTED', reason: 'unknown sku NOPE', ...times },
      reservation: { status: 'REJECTED', reason: 'unknown sku NOPE' },
      movements: [],
    });
  });

  it.each([
    ['in one transaction', true],
    ['in two transactions', false],
  ])('separates the movements of a placement and its cancellation %s', async (_name, together) => {
    await db.stock({ KEYBOARD: 5 });
    const placement = aPlacement({ KEYBOARD: 2 });
    const cancellation = aCancellation(placement.key);
    if (together) await consume(placement, cancellation);
    else {
      await consume(placement);
      await consume(cancellation);
    }
    const [placed, cancelled] = [await ask(placement.id), await ask(cancellation.id)];
    expect(placed.body.movements).toEqual([movement('DEDUCT', placement.key, 'KEYBOARD', -2)]);
    expect(cancelled.body.movements).toEqual([movement('RELEASE', placement.key, 'KEYBOARD', 2)]);
    expect([placed, cancelled].map(({ body }) => body.reservation.status)).toEqual(['RELEASED', 'RELEASED']);
  });

  it('attributes the movements to the first of two placements of one order', async () => {
    await db.stock({ KEYBOARD: 5 });
    const first = aPlacement({ KEYBOARD: 2 });
    const second = { ...first, id: randomUUID() };
    await consume(first);
    await consume(second);
    expect((await ask(first.id)).body.movements).toHaveLength(1);
    expect((await ask(second.id)).body).toMatchObject({ result: { outcome: 'SUCCEEDED' }, movements: [] });
  });

  it('returns the result of an older inventory service, which has no receivedAt', async () => {
    const message = aPlacement({ NOPE: 1 });
    await consume(message);
    await db.admin.query(`UPDATE inbox_messages SET result = result - 'receivedAt'`);
    const { body } = await ask(message.id);
    expect(body.result).toEqual({
      outcome: 'REJECTED',
      reason: 'unknown sku NOPE',
      processedAt: PROCESSED_AT,
    });
  });

  it('answers 404 for a message that did not take effect, and 400 for an id that is not a uuid', async () => {
    const id = randomUUID();
    const { status, body } = await ask(id);
    expect([status, body.detail]).toEqual([404, expect.stringContaining(id)]);
    expect((await ask('1')).status).toBe(400);
  });

  it('answers 401 without a token, 405 for another method and 503 while the database is down', async () => {
    const id = randomUUID();
    expect((await ask(id, { headers: {} })).status).toBe(401);
    expect((await ask(id, { method: 'DELETE' })).headers.get('allow')).toBe('GET, HEAD');
    expect((await ask(id, { url: without.url })).status).toBe(503);
  });
});
