import { createOpenApiDocument, type OpenApiDocument, type RouteContract } from '@lmt/api';
import { type ApiRequest, createCheckedFetch, lint, requestsOf } from '@lmt/api/check';
import { databaseFailure, databaseReason } from '@lmt/prisma-inventory';
import { createApp, databaseProblem, type HttpServer, listen, signBody } from '@lmt/service-kit';
import { recordLog } from '@lmt/service-kit/recorded-log';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { config } from './config.js';
import { processOrders } from './consume/process-orders.js';
import { SESSION_SETTINGS } from './database.js';
import { createInternalApi, internalRoutes, publicApi, publicRoutes } from './http.js';
import { aPlacement, createInventoryTestDatabase, type InventoryTestDatabase } from './inventory.fixture.js';

const TOKEN = 'an-operator-token-of-more-than-32-characters';
const SECRET = 'a secret of consumers with more than 32 characters';
const internalApi = createInternalApi('direct');
const documents = { public: createOpenApiDocument(publicApi), internal: createOpenApiDocument(internalApi) };
const message = aPlacement({ KEYBOARD: 1 });

let db: InventoryTestDatabase;
let servers: HttpServer[];
beforeAll(async () => {
  db = await createInventoryTestDatabase();
  const database = db.connect(SESSION_SETTINGS);
  const settings = config.parse({
    INVENTORY_DATABASE_URL: 'postgres://inventory:secret@127.0.0.1:1/inventory',
    CALLBACK_URL: 'http://127.0.0.1:1/internal/message-results',
    CALLBACK_SECRET: SECRET,
    ADMIN_TOKEN: TOKEN,
    BROKER: 'direct',
  });
  const { logger } = recordLog();
  const mapError = (error: unknown) => databaseProblem(databaseFailure(error), databaseReason(error));
  const app = { logger, bodyLimitBytes: 100_000, mapError };
  const internal = { settings, operatorPool: database, handler: async () => [], logger };
  const apps = [
    createApp({ ...app, routes: (router) => publicRoutes(router, database) }),
    createApp({ ...app, deferBodies: true, routes: (router) => internalRoutes(router, internal) }),
  ];
  servers = await Promise.all(apps.map((app) => listen(app, { host: '127.0.0.1', port: 0 })));
  await db.stock({ KEYBOARD: 1_000, MOUSE: 5 });
  await processOrders(database, [message], { now: () => new Date() });
});
afterAll(async () => {
  await Promise.all(servers.map((server) => server.close(0)));
  await db.close();
});

const sendPublic = createCheckedFetch(publicApi);
const sendInternal = createCheckedFetch(internalApi);

/** Sends a request as a caller who may. Throws if the answer differs from the document. */
function send({ security, method, path, headers, body = '' }: ApiRequest): Promise<Response> {
  const credentials =
    security === 'operator'
      ? { authorization: `Bearer ${TOKEN}` }
      : security === 'signature'
        ? signBody(SECRET, { id: 'delivery-1', timestamp: Math.floor(Date.now() / 1_000), body })
        : {};
  const init = { method, headers: { ...headers, ...credentials }, ...(body !== '' && { body }) };
  const [open, internal] = servers;
  return security ? sendInternal(internal?.url + path, init) : sendPublic(open?.url + path, init);
}

const listOperations = (document: OpenApiDocument) =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { security }]) => ({ path, method, open: security.length === 0 })),
  );

const examples: readonly RouteContract[] = [...publicApi.routes, ...internalApi.routes].filter(
  ({ example }) => example !== undefined,
);

describe('the documents of the inventory service', () => {
  it.each(Object.entries(documents))('are valid and clean: %s', async (_, document) => {
    expect(await lint(document)).toEqual([]);
  });

  it.each(examples.map((route) => [route.id, route] as const))(
    'have an example that works: %s',
    async (_, { path, method, example: { params, query, headers, body } = {}, bodyType, auth, answers }) => {
      const filled = path.replace(':sku', params?.sku ?? '').replace(':id', message.id);
      const answer = await send({
        method: method.toUpperCase(),
        path: query === undefined ? filled : `${filled}?${new URLSearchParams(query)}`,
        headers: {
          ...headers,
          ...(body !== undefined && { 'content-type': bodyType ?? 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        security: auth,
      });
      expect(Object.keys(answers).map(Number)).toContain(answer.status);
    },
  );
});

describe('no request gets an answer that the document does not declare, or a 5xx', () => {
  for (const [name, document] of Object.entries(documents)) {
    const operations = listOperations(document).filter(({ open }) => name === 'public' || !open);
    it.each(operations)(`${name}: $method $path`, async ({ path, method }) => {
      const known = {
        ...(path.includes('{id}') && { id: [message.id] }),
        ...(path.includes('{sku}') && { sku: ['KEYBOARD', 'MOUSE'] }),
      };
      await fc.assert(
        fc.asyncProperty(requestsOf(document, path, method, known), async (request) => {
          const answer = await send(request);
          expect(answer.status, await answer.text()).toBeLessThan(500);
        }),
        { numRuns: 60 },
      );
    });
  }
});
