import { defineRoute } from '@lmt/api';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { addRoutes, route } from './add-routes.js';
import { serve } from './loopback.fixture.js';

const path = '/items/:id';
const schema = z.object({ id: z.string(), note: z.string().optional(), at: z.iso.datetime() });
const answers = { 200: { description: 'The item.', schema } };
const params = z.object({ id: z.string().length(1) });
const getItem = defineRoute({ method: 'get', path, id: 'getItem', summary: 'Reads', params, answers });
const noteItem = defineRoute({
  method: 'post',
  path,
  id: 'noteItem',
  summary: 'Writes',
  params,
  headers: z.object({ 'x-by': z.string().optional() }),
  body: z.strictObject({ note: z.string().optional() }),
  bodyOptional: true,
  answers,
});

const serveItems = () =>
  serve((router) => {
    const at = new Date(0);
    addRoutes(router, [
      route(getItem).answer(({ params: { id } }) => ({ status: 200, body: { id, at } })),
      route(noteItem).answer(({ params: { id }, headers, body: { note } }) => ({
        status: 200,
        body: { id, at, ...(note !== undefined && { note }) },
        headers: { 'X-By': headers['x-by'] ?? 'nobody' },
      })),
    ]);
  });

it('passes parsed input to the handler and sends its answer', async () => {
  const { post } = await serveItems();
  const answer = await post('/items/a', '{"note":"n"}', { 'x-by': 'ada' });
  expect([answer.status, answer.headers.get('x-by')]).toEqual([200, 'ada']);
  expect(await answer.json()).toEqual({ id: 'a', note: 'n', at: '1970-01-01T00:00:00.000Z' });
});

it('accepts a missing body only where it is optional', async () => {
  const { url } = await serveItems();
  expect((await fetch(`${url}/items/a`, { method: 'POST' })).status).toBe(200);
});

it.each([
  ['/items/too-long', '{}', 'The path is invalid; see errors.'],
  ['/items/a', '{"other":1}', 'The body is invalid; see errors.'],
])('rejects input that differs from the contract: %s %s', async (target, body, detail) => {
  const { post } = await serveItems();
  const answer = await post(target, body);
  expect([answer.status, await answer.json()]).toMatchObject([400, { detail }]);
});

it('answers other methods with 405 and all methods of the path', async () => {
  const { url } = await serveItems();
  const answer = await fetch(`${url}/items/a`, { method: 'PUT' });
  expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, POST, HEAD']);
});
