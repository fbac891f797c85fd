import { randomUUID } from 'node:crypto';
import { ORDER_PLACED } from '@lmt/contracts';
import { expect, it } from 'vitest';
import { type Answer, send } from '../http-client.js';
import { authorization, signatureHeaders } from '../operator.js';
import { countByStatus } from '../stored-orders.js';
import type { System } from '../system.fixture.js';

const ID = '0190a6a6-0000-7000-8000-000000000000';
const FORGED = 'x\r\n{"level":"fatal"}\u001b[2J\u2028\u202e\u0085';

/** Paths to post to, each with the name of its base URL. */
const WRITES = [
  ['order', '/orders'],
  ['orderInternal', '/internal/message-results'],
  ['orderInternal', `/messages/${ID}/requeue`],
  ['orderInternal', `/messages/${ID}/discard`],
  ['orderInternal', `/messages/${encodeURIComponent(FORGED)}/discard`],
  ['inventoryInternal', '/stock/KEYBOARD/adjustments'],
  ['inventoryInternal', `/stock/${encodeURIComponent(FORGED)}/adjustments`],
  ['inventoryInternal', '/internal/messages'],
  ['inventory', '/stock'],
  ['relay', '/readyz'],
] as const;
const READS = [
  ['order', '/orders?cursor=%00'],
  ['order', '/orders?status[not]=PENDING'],
  ['order', '/orders?limit=1&limit=2'],
  ['order', '/orders/%C0%80'],
  ['order', '/orders/..%2F..%2Fetc%2Fpasswd'],
  ['inventory', '/stock?cursor=%00'],
  ['inventory', '/stock?limit=1e3'],
  ['inventory', '/stock/%ED%A0%80'],
  ['inventory', '/stock/KEYBOARD/movements?cursor=-1'],
  ['inventory', '/stock/__proto__'],
  ['orderInternal', '/messages?key=%0D%0A'],
  ['orderInternal', '/messages?status=%27%20OR%201=1'],
  ['orderInternal', '/messages/__proto__'],
  ['relay', '/messages'],
  ['relay', '/%2e%2e/'],
] as const;
const BODIES = [
  '',
  '{',
  'null',
  '"text"',
  '[]',
  '{}',
  '['.repeat(50_000),
  '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}',
  JSON.stringify({
    reason: FORGED,
    delta: 1e9,
    results: [{ reason: FORGED }],
    customerId: FORGED,
    items: [FORGED],
  }),
  JSON.stringify('x'.repeat(3_000_000)),
  Buffer.from([0xff, 0xfe, 0x00, 0x7b]),
];

/** Characters that forge or hide log lines: controls, bidi, zero width, line separators. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/** Tests that every line of the services' logs is one JSON object without secrets. */
export function keepsItsLogsClean(system: System): void {
  it('logs no forged line and no secret of hostile clients and records', async () => {
    const sku = await system.addSku(1);
    const headers = { traceparent: 'x\u00a0\u0085', 'user-agent': '\u009b2J' };
    await system.post({ customerId: 'a', items: [{ sku, quantity: 1 }] }, headers);
    const result = {
      messageId: ID,
      orderId: ID,
      outcome: 'FAILED',
      reason: 'bidi \u202e\u2066\u061c\ufeff and more',
      processedAt: '2026-01-01T00:00:00Z',
    };
    const body = JSON.stringify({ results: [result] });
    const answer = await send(
      'POST',
      `${system.stack.urls.orderInternal}/internal/message-results`,
      body,
      signatureHeaders(system, body),
    );
    expect(answer.status, answer.text).toBe(200);
    await system.expectAllFinished();
    for (const name of ['order', 'inventory', 'relay']) {
      for (const line of system.stack.lines(name)) {
        expect(() => JSON.parse(line), line).not.toThrow();
        expect(line).not.toMatch(UNPRINTABLE);
        const { adminToken, adminTokens, callbackSecret } = system.stack;
        for (const secret of [adminToken, adminTokens.order, adminTokens.inventory, callbackSecret])
          expect(line).not.toContain(secret);
      }
    }
  });
}

/** Runs on the direct transport, which has every entry point, including `/internal/messages`. */
export function rejectsHostileRequests(system: System): void {
  function expectProblem({ status, headers, text }: Answer, request: string): void {
    expect(status, `${request}: ${text}`).toBeGreaterThanOrEqual(400);
    expect(status, `${request}: ${text}`).toBeLessThan(500);
    expect(headers['content-type'], request).toBe('application/problem+json');
    expect(text, request).not.toMatch(/\n +at |node_modules|SELECT |INSERT |prisma/i);
  }

  it('answers garbage from strangers and trusted clients with a problem at every entry point', async () => {
    const { pids } = system.stack;
    for (const [name, path] of WRITES) {
      for (const body of BODIES) {
        for (const headers of [{}, { ...authorization(system), ...signatureHeaders(system, body) }]) {
          const answer = await send('POST', `${system.stack.urls[name]}${path}`, body, headers).catch(
            () => null,
          );
          // The service closes the connection while an unwanted body of 3 MB is still being sent.
          if (answer === null) expect(body.length).toBeGreaterThan(2_000_000);
          else if (answer.status !== 200)
            expectProblem(answer, `${name}${path} ${String(body.slice(0, 40))}`);
          else if (path === '/internal/messages') expect(body).toBe('[]');
          else {
            // Each result is judged on its own.
            expect(path).toBe('/internal/message-results');
            expect(JSON.parse(answer.text).results).toEqual([expect.objectContaining({ status: 'invalid' })]);
          }
        }
      }
    }
    for (const [name, path] of READS) {
      const answer = await send('GET', `${system.stack.urls[name]}${path}`, undefined, authorization(system));
      expectProblem(answer, `${name}${path}`);
    }
    expect(system.stack.pids).toEqual(pids);
  });

  it('answers 401 to strangers on the internal ports', async () => {
    for (const [name, path] of WRITES) {
      if (name === 'order' || name === 'inventory' || name === 'relay') continue;
      const { status, text } = await send('POST', `${system.stack.urls[name]}${path}`, '{}');
      expect(status, `${path} ${text}`).toBe(401);
    }
    expect((await send('GET', `${system.stack.urls.orderInternal}/messages/stats`)).status).toBe(401);
  });

  it('accepts the valid events of a signed batch and reports why it rejects each of the others', async () => {
    const event = (attributes: object, data?: unknown) => ({
      specversion: '1.0',
      id: randomUUID(),
      type: ORDER_PLACED,
      subject: randomUUID(),
      ...attributes,
      ...(data === undefined ? {} : { data }),
    });
    const batch = [
      42,
      null,
      'text',
      [],
      {},
      { __proto__: null, id: { not: '' } },
      event({ id: 'no-uuid' }, {}),
      event({ subject: 'no-uuid' }, {}),
      event({}),
      event({}, 'no object'),
      event({ type: FORGED }, {}),
      event({ type: 'order.placed.v99' }, {}),
      event({}, { orderId: ID, customerId: 'c', items: [{ sku: 'K', quantity: -1 }], placedAt: 'now' }),
    ];
    const post = (text: string) =>
      send('POST', `${system.stack.urls.inventoryInternal}/internal/messages`, text, {
        ...signatureHeaders(system, text),
        'content-type': 'application/cloudevents-batch+json',
      });
    const { status, text } = await post(JSON.stringify(batch));
    expect(status, text).toBe(200);
    const reply: { results: { status: string; reason?: string }[] } = JSON.parse(text);
    expect(reply.results.map((result) => result.status)).toEqual([
      ...Array(8).fill('rejected'),
      ...Array(5).fill('accepted'),
    ]);
    for (const result of reply.results.slice(0, 8)) {
      expect(result.reason).toMatch(/^no message (id that is a uuid|key that is an order id)$/);
    }
    expect((await post('{}')).status).toBe(400);
    expect((await post(JSON.stringify(Array(1_001).fill(1)))).status).toBe(413);
    const orders = await system.place(3, await system.addSku(3));
    await system.expectAllFinished();
    expect(await countByStatus(system, orders)).toEqual({ CONFIRMED: 3 });
  });
}
