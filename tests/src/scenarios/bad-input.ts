import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { poll } from '@lmt/stack';
import { expect, it } from 'vitest';
import { type Headers, send } from '../http-client.js';
import { countByStatus } from '../stored-orders.js';
import type { System } from '../system.fixture.js';

const ID = '0190a6a6-0000-7000-8000-000000000000';
const item = { sku: 'KEYBOARD', quantity: 1 };
const order = { customerId: 'customer-1', items: [item] };

/**
 * One request for each status code and each kind of attack. The rules for single fields are tested
 * by input.test.ts of each service, those for bodies and encodings by create-app.test.ts.
 */
const BAD_ORDERS: readonly {
  readonly name: string;
  readonly status: number;
  readonly body: string | Buffer;
  readonly headers?: Headers;
}[] = [
  { name: 'malformed JSON', status: 400, body: '{"customerId":' },
  {
    name: 'a wrong quantity',
    status: 400,
    body: JSON.stringify({ ...order, items: [{ sku: 'A', quantity: -1 }] }),
  },
  {
    name: 'prototype pollution',
    status: 400,
    body: `{"__proto__":{"polluted":true},"customerId":"c","items":[${JSON.stringify(item)}]}`,
  },
  { name: 'CRLF in a text', status: 400, body: JSON.stringify({ ...order, customerId: 'a\r\nforged' }) },
  { name: 'a body over the limit', status: 413, body: JSON.stringify('x'.repeat(70_000)) },
  {
    name: 'a compressed bomb',
    status: 413,
    body: gzipSync(Buffer.alloc(20_000_000, ' ')),
    headers: { 'content-encoding': 'gzip' },
  },
  {
    name: 'another content type',
    status: 415,
    body: JSON.stringify(order),
    headers: { 'content-type': 'text/plain' },
  },
];

export function rejectsBadInput(system: System): void {
  it('answers each bad request with one problem and does not store it', async () => {
    const countOrders = () => system.order.value<number>('SELECT count(*)::int FROM orders');
    const before = await countOrders();
    for (const { name, status, body, headers } of BAD_ORDERS) {
      const answer = await send('POST', `${system.stack.urls.order}/orders`, body, headers);
      expect(answer, name).toMatchObject({
        status,
        headers: { 'content-type': 'application/problem+json' },
        json: { type: expect.any(String), title: expect.any(String), status },
      });
    }
    expect(await countOrders()).toBe(before);
  });

  it.each([
    ['GET', '/nothing', 404],
    ['GET', `/orders/${ID}`, 404],
    ['GET', '/orders?limit=0', 400],
    ['DELETE', '/orders', 405],
  ] as const)('answers %s %s with %i', async (method, path, status) => {
    const answer = await send(method, `${system.stack.urls.order}${path}`);
    expect([answer.status, answer.headers['content-type']]).toEqual([status, 'application/problem+json']);
  });

  it('accepts an order while 200 clients send their requests a byte at a time', async () => {
    const sku = await system.addSku(1);
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
      const orders = await system.place(1, sku);
      expect(performance.now() - start).toBeLessThan(10_000);
      await system.expectAllFinished();
      expect(await countByStatus(system, orders)).toEqual({ CONFIRMED: 1 });
    } finally {
      for (const socket of slow) socket.destroy();
    }
  });
}
