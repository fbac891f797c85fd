import { createHmac, randomUUID } from 'node:crypto';
import { ORDER_PLACED } from '@lmt/contracts';
import { expect, it } from 'vitest';
import { type Answer, send } from '../http-client.js';
import type { System } from '../system.fixture.js';

const ID = '0190a6a6-0000-7000-8000-000000000000';
const FORGED = 'x\r\n{"level":"fatal"}\u001b[2J\u2028\u202e\u0085';

/** Every path that takes a body, by where it is. */
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

// biome-ignore lint/suspicious/noControlCharactersInRegex: these must not be in a line
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/;

export function withstandsPeers(system: System): void {
  const sign = (body: string | Buffer) => {
    const timestamp = Math.floor(Date.now() / 1_000);
    const mac = createHmac('sha256', system.stack.callbackSecret).update(`peer.${timestamp}.`).update(body);
    return {
      'webhook-id': 'peer',
      'webhook-timestamp': String(timestamp),
      'webhook-signature': `v1,${mac.digest('base64')}`,
    };
  };
  const operator = () => ({ authorization: `Bearer ${system.stack.adminToken}` });

  function refused({ status, headers, text }: Answer, what: string): void {
    expect(status, `${what}: ${text}`).toBeGreaterThanOrEqual(400);
    expect(status, `${what}: ${text}`).toBeLessThan(500);
    expect(headers['content-type'], what).toBe('application/problem+json');
    expect(text, what).not.toMatch(/\n +at |node_modules|SELECT |INSERT |prisma/i);
  }

  it('answers rubbish at every entrance with a problem, whoever sends it', async () => {
    const { pids } = system.stack;
    for (const [where, path] of WRITES) {
      for (const body of BODIES) {
        for (const headers of [{}, { ...operator(), ...sign(body) }]) {
          const answer = await send('POST', `${system.stack.urls[where]}${path}`, body, headers).catch(
            () => null,
          );
          // Cut while three megabytes that nobody wants were still on their way.
          if (answer === null) expect(body.length).toBeGreaterThan(2_000_000);
          else if (!(path === '/internal/messages' && body === '[]' && answer.status === 200)) {
            refused(answer, `${where}${path} ${String(body.slice(0, 40))}`);
          }
        }
      }
    }
    for (const [where, path] of READS) {
      const answer = await send('GET', `${system.stack.urls[where]}${path}`, undefined, operator());
      refused(answer, `${where}${path}`);
    }
    expect(system.stack.pids).toEqual(pids);
  });

  it('lets no stranger into what is internal', async () => {
    for (const [where, path] of WRITES) {
      if (where === 'order' || where === 'inventory' || where === 'relay') continue;
      const { status, text } = await send('POST', `${system.stack.urls[where]}${path}`, '{}');
      if (path === '/internal/messages' && system.kind === 'kafka') expect(status, path).toBe(404);
      else expect(status, `${path} ${text}`).toBe(401);
    }
  });

  it('has no line in any log that is not its own, whatever came in', async () => {
    const sku = await system.newSku(1);
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
      sign(body),
    );
    expect(answer.status, answer.text).toBe(200);
    await system.everythingFinishes();
    for (const name of ['order', 'inventory', 'relay']) {
      for (const line of system.stack.lines(name)) {
        expect(() => JSON.parse(line), line).not.toThrow();
        expect(line).not.toMatch(UNPRINTABLE);
        expect(line).not.toContain(system.stack.adminToken);
        expect(line).not.toContain(system.stack.callbackSecret);
      }
    }
  });

  it('takes what is good of a signed batch of messages, and says what is wrong with the rest', async () => {
    if (system.kind === 'kafka') return;
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
        ...sign(text),
        'content-type': 'application/cloudevents-batch+json',
      });
    const answer = await post(JSON.stringify(batch));
    expect(answer.status, answer.text).toBe(200);
    const statuses = answer.json.results.map(({ status }: { status: string }) => status);
    expect(statuses).toEqual([...Array(8).fill('rejected'), ...Array(5).fill('accepted')]);
    for (const { status, reason } of answer.json.results) {
      if (status === 'rejected')
        expect(reason).toMatch(/^no message (id that is a uuid|key that is an order id)$/);
    }
    expect((await post('{}')).status).toBe(400);
    expect((await post(JSON.stringify(Array(1_001).fill(1)))).status).toBe(413);
    const orders = await system.place(3, await system.newSku(3));
    await system.everythingFinishes();
    expect(await system.countByStatus(orders)).toEqual({ CONFIRMED: 3 });
  });
}
