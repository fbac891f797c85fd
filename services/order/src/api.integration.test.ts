import { createOpenApiDocument, type OpenApiDocument, type RouteContract } from '@lmt/api';
import { type ApiRequest, lint, requestsOf } from '@lmt/api/check';
import { messageRoutes, orderRoutes } from '@lmt/contracts/routes';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { internalApi, publicApi } from './http.js';
import { createOrderTestDatabase, type OrderTestDatabase } from './order-database.fixture.js';
import { type Answer, type ServedOrders, serveOrders, signed, TOKEN } from './served-orders.fixture.js';

// The fixture throws if an answer differs from the document.
let db: OrderTestDatabase;
let served: ServedOrders;
beforeAll(async () => {
  db = await createOrderTestDatabase();
  served = await serveOrders(db.connect(), { sql: db.connectSql() });
});
afterAll(async () => {
  await served.close();
  await db.close();
});

const documents = { public: createOpenApiDocument(publicApi), internal: createOpenApiDocument(internalApi) };

/** Sends a request as a caller who may. */
function send({ security, method, path, headers, body }: ApiRequest): Promise<Answer> {
  const credentials =
    security === 'operator' ? { authorization: `Bearer ${TOKEN}` } : security ? signed(body ?? '') : {};
  const init = { method, headers: { ...headers, ...credentials }, ...(body !== undefined && { body }) };
  return security ? served.askInternal(path, init) : served.ask(path, init);
}

const listOperations = (document: OpenApiDocument) =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { security }]) => ({ path, method, open: security.length === 0 })),
  );

const examples: readonly RouteContract[] = [...publicApi.routes, ...messageRoutes.orderInternalContracts];

async function placeOne(): Promise<{ readonly id: string; readonly messageId: string }> {
  const { body } = await served.place(orderRoutes.placeOrder.example.body);
  return body;
}

describe('the documents of the order service', () => {
  it.each(Object.entries(documents))('are valid and clean: %s', async (_, document) => {
    expect(await lint(document)).toEqual([]);
  });

  it('are served with a page that loads nothing', async () => {
    expect((await served.ask('/openapi.json')).body).toEqual(JSON.parse(JSON.stringify(documents.public)));
    expect((await served.askInternal('/openapi.json')).body).toEqual(
      JSON.parse(JSON.stringify(documents.internal)),
    );
    const page = await served.ask('/docs');
    expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'/);
    expect(page.text).toContain('POST /orders/{id}/cancel');
    expect(page.text).not.toMatch(/<script|<link|src=|https?:/);
  });

  it.each(examples.map((route) => [route.id, route] as const))(
    'have an example that works: %s',
    async (_, route) => {
      const { id, messageId } = await placeOne();
      if (route.path.startsWith('/messages/:id/') && !route.path.endsWith('send-now'))
        await served.report({
          results: [{ messageId, orderId: id, outcome: 'FAILED', reason: 'broken', processedAt: new Date() }],
        });
      if (route.path.endsWith('/:id/send-now'))
        await db.admin.query(
          "UPDATE outbox_messages SET status = 'PUBLISHED', attempts = 1, published_at = now(), available_at = now() + interval '1 hour' WHERE id = $1",
          [messageId],
        );
      const { query, headers, body } = route.example ?? {};
      const path = route.path.replace(':id', route.path.startsWith('/messages') ? messageId : id);
      const answer = await send({
        method: route.method.toUpperCase(),
        path: query === undefined ? path : `${path}?${new URLSearchParams(query)}`,
        headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        security: route.auth,
      });
      expect(Object.keys(route.answers).map(Number), answer.text).toContain(answer.status);
    },
  );
});

describe('no request gets an answer that the document does not declare, or a 5xx', () => {
  for (const [name, document] of Object.entries(documents)) {
    const operations = listOperations(document).filter(({ open }) => name === 'public' || !open);
    it.each(operations)(`${name}: $method $path`, async ({ path, method }) => {
      const { id, messageId } = await placeOne();
      const known = path.includes('{id}') ? { id: [id, messageId] } : {};
      await fc.assert(
        fc.asyncProperty(requestsOf(document, path, method, known), async (request) => {
          const { status, text } = await send(request);
          expect(status, text).toBeLessThan(500);
        }),
        { numRuns: 60 },
      );
    });
  }
});
