import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { poll } from '@lmt/stack';
import { expect, it } from 'vitest';
import { type Headers, send } from '../http-client.js';
import type { System } from '../system.fixture.js';

interface BadInput {
  readonly name: string;
  readonly body: string | Buffer;
  readonly headers?: Headers;
  readonly status: number;
  /** Where the fault is, as `errors` names it. */
  readonly path?: string;
}

const item = { sku: 'KEYBOARD', quantity: 1 };
const order = (changes: object) => JSON.stringify({ customerId: 'customer-1', items: [item], ...changes });
const withItem = (changes: object) => order({ items: [{ ...item, ...changes }] });
const withQuantity = (quantity: unknown) => withItem({ quantity });
const items = (count: number) => Array.from({ length: count }, (_, n) => ({ sku: `S${n}`, quantity: 1 }));

const BAD_INPUTS: readonly BadInput[] = [
  { name: 'malformed JSON', body: '{"customerId":', status: 400 },
  { name: 'no body', body: '', status: 400 },
  { name: 'a JSON text that is no object', body: '"order"', status: 400 },
  { name: 'null', body: 'null', status: 400 },
  { name: 'a list', body: '[]', status: 400, path: '' },
  { name: 'an unknown field', body: order({ colour: 'red' }), status: 400, path: 'colour' },
  { name: 'an unknown field of an item', body: withItem({ price: 1 }), status: 400, path: 'items.0.price' },
  { name: 'no customer', body: order({ customerId: undefined }), status: 400, path: 'customerId' },
  { name: 'a customer of the wrong type', body: order({ customerId: 7 }), status: 400, path: 'customerId' },
  { name: 'an object as an id', body: order({ customerId: { not: '' } }), status: 400, path: 'customerId' },
  { name: 'an empty customer', body: order({ customerId: '' }), status: 400, path: 'customerId' },
  {
    name: 'a customer too long',
    body: order({ customerId: 'x'.repeat(129) }),
    status: 400,
    path: 'customerId',
  },
  { name: 'NUL in a text', body: order({ customerId: 'a\u0000b' }), status: 400, path: 'customerId' },
  { name: 'a lone surrogate', body: order({ customerId: 'a\ud800' }), status: 400, path: 'customerId' },
  { name: 'CRLF in a text', body: order({ customerId: 'a\r\nforged' }), status: 400, path: 'customerId' },
  {
    name: 'ANSI codes in a text',
    body: order({ customerId: '\u001b[31m' }),
    status: 400,
    path: 'customerId',
  },
  { name: 'no items', body: order({ items: [] }), status: 400, path: 'items' },
  { name: '101 items', body: order({ items: items(101) }), status: 400, path: 'items' },
  { name: 'items that are no list', body: order({ items: 'all' }), status: 400, path: 'items' },
  { name: 'the same sku twice', body: order({ items: [item, item] }), status: 400, path: 'items.1.sku' },
  { name: 'a sku with a blank', body: withItem({ sku: 'A B' }), status: 400, path: 'items.0.sku' },
  { name: 'an empty sku', body: withItem({ sku: '' }), status: 400, path: 'items.0.sku' },
  ...[0, -1, 1.5, 1e9, '1', null, true].map((quantity) => ({
    name: `quantity ${JSON.stringify(quantity)}`,
    body: withQuantity(quantity),
    status: 400,
    path: 'items.0.quantity',
  })),
  {
    name: '__proto__ as a field',
    body: `{"__proto__":{"polluted":true},"customerId":"c","items":[${JSON.stringify(item)}]}`,
    status: 400,
    path: '__proto__',
  },
  { name: 'a body over the limit', body: order({ customerId: 'x'.repeat(70_000) }), status: 413 },
  { name: 'another content type', body: order({}), headers: { 'content-type': 'text/plain' }, status: 415 },
  {
    name: 'a compressed bomb',
    body: gzipSync(Buffer.alloc(20_000_000, ' ')),
    headers: { 'content-encoding': 'gzip' },
    status: 413,
  },
  {
    name: 'an Idempotency-Key with a blank',
    body: order({}),
    headers: { 'idempotency-key': 'a b' },
    status: 400,
    path: 'idempotency-key',
  },
  {
    name: 'an Idempotency-Key too long',
    body: order({}),
    headers: { 'idempotency-key': 'x'.repeat(256) },
    status: 400,
    path: 'idempotency-key',
  },
];

export function refusesBadInput(system: System): void {
  const url = (path: string) => `${system.stack.urls.order}${path}`;

  it.each(BAD_INPUTS)(
    'refuses $name with $status, one problem and its place',
    async ({ body, headers, status, path }) => {
      const answer = await send('POST', url('/orders'), body, headers);
      expect(answer.status, answer.text).toBe(status);
      expect(answer.headers['content-type']).toBe('application/problem+json');
      expect(answer.json).toMatchObject({ type: expect.any(String), title: expect.any(String), status });
      if (path !== undefined) expect(answer.json.errors).toMatchObject([{ path }]);
    },
  );

  it.each([
    ['DELETE', '/orders', 405],
    ['PUT', '/orders/0190a6a6-0000-7000-8000-000000000000', 405],
    ['GET', '/nothing', 404],
    ['GET', '/orders/0190a6a6-0000-7000-8000-000000000000', 404],
    ['GET', '/orders/%7B%22not%22%3A%22%22%7D', 400],
    ['GET', '/orders?status=SHIPPED', 400],
    ['GET', '/orders?limit=0', 400],
  ] as const)('answers %s %s with %i', async (method, path, status) => {
    const answer = await send(method, url(path));
    expect([answer.status, answer.headers['content-type']]).toEqual([status, 'application/problem+json']);
  });

  it('changed nothing by all that', async () => {
    const sku = await system.newSku(2);
    const before = await system.order.value('SELECT count(*)::int FROM orders');
    const answers = await Promise.all(
      BAD_INPUTS.map(({ body, headers }) => send('POST', url('/orders'), body, headers)),
    );
    expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
    expect(await system.order.value('SELECT count(*)::int FROM orders')).toBe(before);
    const orders = await system.place(1, sku, 2);
    await system.everythingFinishes();
    expect(await system.countByStatus(orders)).toEqual({ CONFIRMED: 1 });
  });

  it('takes an order while 200 clients send theirs a byte at a time', async () => {
    const sku = await system.newSku(1);
    const port = Number(new URL(system.stack.urls.order).port);
    const slow = Array.from({ length: 200 }, () => {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => {});
      socket.write('POST /orders HTTP/1.1\r\nhost: x\r\ncontent-');
      return socket;
    });
    try {
      await poll('all are connected', () => slow.every(({ connecting }) => !connecting));
      const start = performance.now();
      await system.place(1, sku);
      expect(performance.now() - start).toBeLessThan(10_000);
    } finally {
      for (const socket of slow) socket.destroy();
    }
    await system.everythingFinishes();
  });
}
