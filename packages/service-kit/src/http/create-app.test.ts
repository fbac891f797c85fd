import { gzipSync } from 'node:zlib';
import { OverloadedError } from '@lmt/resilience';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createMetrics } from '../operations/metrics.js';
import { conflict, Problem, unavailable } from '../problem/problem.js';
import { methodNotAllowed } from '../problem/problem-handler.js';
import { sendJson } from './json.js';
import { serve } from './loopback.fixture.js';
import { parseInput } from './parse-input.js';

const NAME = z
  .string()
  .max(20)
  .refine((text) => /^[^\p{Cc}]*$/u.test(text), { error: 'expected no control characters' });
const order = z.strictObject({
  customerId: NAME,
  items: z.array(z.strictObject({ sku: NAME, quantity: z.int().min(1) })).min(1),
});

const serveOrders = () =>
  serve((router) => {
    router
      .route('/orders')
      .post((request, response) => sendJson(response, 201, parseInput(order, request.body, 'body')))
      .all(methodNotAllowed(['POST']));
    router
      .route('/orders/:id')
      .get((request, response) => sendJson(response, 200, { id: request.params.id, ...request.query }))
      .all(methodNotAllowed(['GET']));
    router.get('/fails', async () => {
      throw new Error('the password is swordfish');
    });
    router.get('/conflict', () => {
      throw conflict('The order is terminal.');
    });
    router.get('/later', () => {
      throw unavailable('The database is away.', 2);
    });
    router.get('/overloaded', async () => {
      throw new OverloadedError('full');
    });
    router.get('/half', (_request, response) => {
      response.write('{"half":');
      throw new Error('in the middle');
    });
  });

interface ProblemBody {
  type: string;
  title: string;
  status: number;
  errors: [{ path: string; message: string }];
}

const readProblem = async (answer: Response) => (await answer.json()) as ProblemBody;

const GOOD = '{"customerId":"c1","items":[{"sku":"KEYBOARD","quantity":2}]}';

describe('an app', () => {
  it('reads a JSON body and answers with JSON', async () => {
    const { post } = await serveOrders();
    for (const type of [
      'application/json',
      'application/json; charset=utf-8',
      'application/json; charset="UTF-8"',
      'application/cloudevents+json',
    ]) {
      const answer = await post('/orders', GOOD, { 'content-type': type });
      expect(answer.status).toBe(201);
      expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
      expect(answer.headers.get('x-powered-by')).toBeNull();
      expect(answer.headers.get('etag')).toBeNull();
      expect(await answer.json()).toEqual(JSON.parse(GOOD));
    }
  });

  it.each([
    ['compressed with gzip', gzipSync(GOOD), { 'content-encoding': 'gzip' }],
    ['with a byte order mark', `\ufeff${GOOD}`, {}],
  ] as const)('reads a body %s', async (_, body, headers) => {
    const { post } = await serveOrders();
    const answer = await post('/orders', body, headers);
    expect([answer.status, await answer.json()]).toEqual([201, JSON.parse(GOOD)]);
  });

  it.each([
    ['malformed JSON', '{"customerId":', {}, 400],
    ['a JSON text that is neither object nor array', '"text"', {}, 400],
    ['bytes that are not UTF-8 where a name should be', new Uint8Array([0x7b, 0xff, 0x7d]), {}, 400],
    ['a body over the limit', `{"customerId":"${'c'.repeat(2_000)}"}`, {}, 413],
    ['a gzip bomb', gzipSync(Buffer.alloc(1_000_000)), { 'content-encoding': 'gzip' }, 413],
    ['a body declared as gzip that is not', GOOD, { 'content-encoding': 'gzip' }, 400],
    ['an unknown encoding', GOOD, { 'content-encoding': 'zstd' }, 415],
    ['a sequence of JSON texts', GOOD, { 'content-type': 'application/json-seq' }, 415],
    ['form data', 'a=b', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    ['a type that only resembles JSON', GOOD, { 'content-type': 'application/jsonp' }, 415],
    ['bytes that are gzip and another encoding', gzipSync(GOOD), { 'content-encoding': 'gzip, br' }, 415],
    ['a charset that JSON does not have', GOOD, { 'content-type': 'application/json; charset=latin1' }, 415],
  ] as const)('rejects %s', async (_, body, headers, status) => {
    const { post, log } = await serveOrders();
    const answer = await post('/orders', body, headers);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    const problem = await readProblem(answer);
    expect([answer.status, problem.status]).toEqual([status, status]);
    expect(problem).toMatchObject({
      type: 'about:blank',
      title: expect.any(String),
      detail: expect.any(String),
    });
    expect(log.filter(({ level }) => level === 'error')).toEqual([]);
  });

  it('names each fault of a body with its path', async () => {
    const { post } = await serveOrders();
    const answer = await post('/orders', '{"items":[{"sku":"a\\u0000","quantity":1.5},{"sku":1}],"extra":1}');
    expect(answer.status).toBe(400);
    const { type, title, errors } = await readProblem(answer);
    expect({ type, title }).toEqual({ type: 'urn:problem:invalid-input', title: 'Invalid input' });
    expect(errors).toEqual([
      { path: 'customerId', message: 'Invalid input: expected string, received undefined' },
      { path: 'items.0.sku', message: expect.stringContaining('no control characters') },
      { path: 'items.0.quantity', message: expect.stringContaining('expected int') },
      { path: 'items.1.sku', message: expect.stringContaining('expected string') },
      { path: 'items.1.quantity', message: 'Invalid input: expected number, received undefined' },
      { path: 'extra', message: 'Unknown field' },
    ]);
  });

  it.each([
    '{"customerId":"c","items":[{"sku":"k","quantity":1}],"__proto__":{"polluted":true}}',
    '{"customerId":"c","items":[{"sku":"k","quantity":1,"\\u005f_proto__":{"polluted":true}}]}',
    '{"customerId":"c","items":[{"sku":"k","quantity":1}],"constructor":{"prototype":{"polluted":true}}}',
  ])('rejects keys that could pollute a prototype: %s', async (body) => {
    const { post } = await serveOrders();
    const answer = await post('/orders', body);
    expect(answer.status).toBe(400);
    expect((await readProblem(answer)).errors[0].message).toBe('Unknown field');
    expect('polluted' in {}).toBe(false);
  });

  it('answers an unknown route with 404, an unknown method with 405, an undecodable path with 400', async () => {
    const { url } = await serveOrders();
    expect((await fetch(`${url}/nothing`)).status).toBe(404);
    const answer = await fetch(`${url}/orders/1`, { method: 'DELETE' });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    expect((await fetch(`${url}/orders/1`, { method: 'OPTIONS' })).status).toBe(405);
    expect((await fetch(`${url}/orders/%E0%A4%A`)).status).toBe(400);
    expect((await fetch(`${url}/orders/1`, { method: 'HEAD' })).status).toBe(200);
  });

  it('does not parse nested query parameters', async () => {
    const { url } = await serveOrders();
    const answer = await fetch(`${url}/orders/1?a[b]=c&d=1&d=2`);
    expect(await answer.json()).toEqual({ id: '1', 'a[b]': 'c', d: ['1', '2'] });
  });

  it('logs an unknown error and does not reveal it to the client', async () => {
    const { url, log } = await serveOrders();
    const answer = await fetch(`${url}/fails`);
    expect(answer.status).toBe(500);
    expect(await answer.text()).not.toContain('swordfish');
    expect(log).toContainEqual(
      expect.objectContaining({
        level: 'error',
        path: '/fails',
        err: expect.objectContaining({ message: 'the password is swordfish' }),
      }),
    );
  });

  it('answers a problem with the title of its status, and its headers', async () => {
    const { url } = await serveOrders();
    const problem = await (await fetch(`${url}/conflict`)).json();
    expect(problem).toEqual({
      type: 'about:blank',
      title: 'Conflict',
      status: 409,
      detail: 'The order is terminal.',
    });
    const later = await fetch(`${url}/later`);
    expect([later.status, later.headers.get('retry-after')]).toEqual([503, '2']);
    const overloaded = await fetch(`${url}/overloaded`);
    expect([overloaded.status, overloaded.headers.get('retry-after')]).toEqual([503, '1']);
  });

  it.each([
    [413, 'Content Too Large'],
    [422, 'Unprocessable Content'],
  ])('names the status %i as RFC 9110 does', (status, title) => {
    expect(new Problem(status, 'detail').toJSON()).toMatchObject({ title });
  });

  it('cuts the connection when an answer fails half-way', async () => {
    const { url } = await serveOrders();
    await expect(fetch(`${url}/half`).then((answer) => answer.text())).rejects.toThrow();
  });

  it('times requests by route and status, not by path', async () => {
    const metrics = createMetrics('test');
    const { url } = await serve(
      (router) => {
        router.get('/orders/:id', (_request, response) => sendJson(response, 200, {}));
      },
      { metrics },
    );
    await fetch(`${url}/orders/1`);
    await fetch(`${url}/orders/2`);
    await fetch(`${url}/nothing`);
    const text = await metrics.registry.metrics();
    const count = (route: string, status: number) =>
      new RegExp(`_count{service="test",method="GET",route="${route}",status="${status}"} (\\d)`).exec(
        text,
      )?.[1];
    expect([count('/orders/:id', 200), count('none', 404)]).toEqual(['2', '1']);
  });
});
