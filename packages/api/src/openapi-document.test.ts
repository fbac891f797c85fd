import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createAnswerCheck, createCheckedFetch, lint } from './check.fixture.js';
import { renderDocsPage } from './docs-page.js';
import { createOpenApiDocument } from './openapi-document.js';
import { defineRoute, type RouteContract } from './route.js';

const item = z.object({ sku: z.string(), addedAt: z.iso.datetime().optional() }).meta({ id: 'Item' });
const listItems = defineRoute({
  method: 'get',
  path: '/items/:shelf',
  id: 'listItems',
  summary: 'Lists items <of a shelf>',
  params: z.object({ shelf: z.string() }),
  query: z.object({
    limit: z.string().transform(Number).pipe(z.int().min(1).max(200)).default(50).describe('Most items.'),
  }),
  answers: { 200: { description: 'The items.', schema: z.object({ items: z.array(item) }) } },
  example: { query: { limit: '20' } },
});
const shelves = { title: 'Shelves', version: '1.0.0', description: 'Items on shelves.', routes: [listItems] };
const describeApi = (...routes: readonly RouteContract[]) => createOpenApiDocument({ ...shelves, routes });
const document = describeApi(listItems);

describe('createOpenApiDocument', () => {
  it('passes the lint', async () => {
    expect(await lint(document)).toEqual([]);
  });

  it('describes a number in a query as a number', () => {
    expect(document.paths['/items/{shelf}']?.get?.parameters).toEqual([
      { name: 'shelf', in: 'path', required: true, schema: { type: 'string' } },
      {
        name: 'limit',
        in: 'query',
        required: false,
        description: 'Most items.',
        schema: { type: 'integer', minimum: 1, maximum: 200, default: 50 },
        example: 20,
      },
    ]);
  });

  it('refers to a schema with an id, whose answers may get more fields', () => {
    expect(document.components.schemas.Item).toEqual({
      type: 'object',
      properties: { sku: { type: 'string' }, addedAt: expect.objectContaining({ format: 'date-time' }) },
      required: ['sku'],
    });
  });

  it('rejects two schemas with one id', () => {
    const schema = z.object({ colour: z.string() }).meta({ id: 'Item' });
    const answers = { 200: { description: 'An item.', schema } };
    const other = defineRoute({ method: 'get', path: '/item', id: 'getItem', summary: 'Returns', answers });
    expect(() => describeApi(listItems, other)).toThrow('two schemas have the id Item');
  });

  it('rejects a route that another one hides', () => {
    expect(() => describeApi(listItems, listItems)).toThrow('two routes for get /items/{shelf}');
  });
});

describe('createAnswerCheck', () => {
  const check = createAnswerCheck(document);
  const answer = { method: 'GET', path: '/items/a', status: 200, type: 'application/json; charset=utf-8' };

  it('accepts what the document declares, and paths that it does not have', () => {
    check({ ...answer, text: '{"items":[{"sku":"A"}]}' });
    check({ ...answer, path: '/other', text: '[]' });
  });

  it.each([
    ['an undeclared status', { status: 418, text: '{}' }, '418 is not declared'],
    ['another type', { type: 'text/html', text: '{}' }, 'has the type text/html'],
    ['a missing field', { text: '{"items":[{}]}' }, "required property 'sku'"],
    ['an undeclared field', { text: '{"items":[{"sku":"A","colour":"red"}]}' }, 'additional properties'],
    ['a wrong format', { text: '{"items":[{"sku":"A","addedAt":"now"}]}' }, 'must match format "date-time"'],
    ['an undeclared problem', { status: 400, type: 'application/problem+json', text: '{}' }, "'title'"],
  ])('rejects %s', (_, seen, message) => {
    expect(() => check({ ...answer, ...seen })).toThrow(message);
  });
});

it('createCheckedFetch rejects an answer of a server that differs from the document', async () => {
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(request.url === '/items/a?limit=1' ? '{"items":[]}' : '{"items":[{}]}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/items/a`;
  const send = createCheckedFetch(shelves);
  expect(await (await send(`${url}?limit=1`)).json()).toEqual({ items: [] });
  await expect(send(url)).rejects.toThrow("required property 'sku'");
  server.close();
});

it('renders a page without scripts, and escapes texts', () => {
  const page = renderDocsPage(document);
  expect(page).toContain('Lists items &lt;of a shelf&gt;');
  expect(page).not.toMatch(/<script|src=|https?:/);
});
