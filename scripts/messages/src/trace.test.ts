// Runs the command against a fake order service and a fake inventory.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { NO_ROUTE_DETAIL } from '@lmt/api';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { runMessages } from './run-messages.js';

const [placed = '', cancelled = '', order = '', unknown = ''] = [1, 2, 3, 4].map(
  (n) => `00000000-0000-7000-8000-00000000000${n}`,
);
const at = (time: string) => `2026-11-26T12:${time}Z`;
const createMessage = (id: string, type: string) => ({
  ...{ id, type, key: order, topic: 'order-events', status: 'COMPLETED', attempts: 1, failures: 0 },
  ...{ availableAt: at('00:11'), createdAt: at('00:00'), claimedAt: at('00:01'), publishedAt: at('00:02') },
  ...{ position: 'order-events/3@17', completedAt: at('00:06'), lastError: null, leasedUntil: null },
  headers: { traceparent: `00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-01` },
  result: { outcome: 'SUCCEEDED', receivedAt: at('00:03'), processedAt: at('00:04'), sentAt: at('00:05') },
  ...{ payload: {}, history: [] },
});
const messages = [createMessage(placed, 'order.placed.v1'), createMessage(cancelled, 'order.cancelled.v1')];
const decision = {
  id: '1',
  at: at('00:01'),
  actor: 'ada',
  action: 'send-now',
  messageId: placed,
  reason: null,
};
const inbox = {
  ...{ id: placed, type: 'order.placed.v1', orderId: order, receivedAt: at('00:03'), result: null },
  movements: [{ id: '1', orderId: order, sku: 'MOUSE', kind: 'DEDUCT', delta: -2, createdAt: at('00:04') }],
};
const notFound: [number, unknown] = [404, { detail: 'There is none.' }];

/** Starts a service that rejects every token but its own. */
async function serve(token: string, respond: (url: URL) => [number, unknown]) {
  const server = createServer((request, response) => {
    const isAllowed = request.headers.authorization === `Bearer ${token}`;
    const [status, json] = isAllowed ? respond(new URL(request.url ?? '', 'http://x')) : [401, {}];
    response.writeHead(status).end(JSON.stringify(json));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(null)));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

function respondAsOrder({ pathname, searchParams }: URL): [number, unknown] {
  if (pathname === '/operator-actions') {
    const items = [decision].filter(({ messageId }) => messageId === searchParams.get('messageId'));
    return [200, { items, nextCursor: null }];
  }
  if (pathname === '/messages') {
    const items = messages.filter(({ key }) => key === searchParams.get('key')).toReversed();
    return [200, { items, nextCursor: null, complete: true, scannedTo: null }];
  }
  const message = messages.find(({ id }) => pathname === `/messages/${id}`);
  return message === undefined ? notFound : [200, message];
}

let respondAsInventory: (url: URL) => [number, unknown];
const servers: Server[] = [];
let env: NodeJS.ProcessEnv;
let data = '';

beforeAll(async () => {
  const orderService = await serve('order-token', respondAsOrder);
  const inventory = await serve('inventory-token', (url) => respondAsInventory(url));
  servers.push(orderService.server, inventory.server);
  env = {
    ...{ ORDER_INTERNAL_URL: orderService.url, ADMIN_TOKEN: 'order-token' },
    ...{ INVENTORY_INTERNAL_URL: inventory.url, INVENTORY_ADMIN_TOKEN: 'inventory-token' },
  };
  data = await mkdtemp(join(tmpdir(), 'trace-'));
  const demo = {
    urls: { orderInternal: orderService.url, inventoryInternal: inventory.url },
    adminTokens: { order: 'order-token', inventory: 'inventory-token' },
  };
  await writeFile(join(data, 'demo.json'), JSON.stringify(demo));
});
beforeEach(() => {
  respondAsInventory = ({ pathname }) => (pathname === `/inbox/${placed}` ? [200, inbox] : notFound);
});
afterAll(async () => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  await rm(data, { recursive: true });
});

async function trace(id: string, changes: NodeJS.ProcessEnv = {}, ...options: string[]) {
  const printed = { out: '', err: '' };
  const code = await runMessages(['trace', id, ...options], {
    env: { ...env, ...changes },
    stdin: Readable.from([]),
    out: (text) => {
      printed.out += text;
    },
    err: (text) => {
      printed.err += text;
    },
    prompts: new PassThrough().resume(),
    isInteractive: false,
    now: () => Date.parse(at('10:00')),
    pause: async () => {},
  });
  return { code, ...printed };
}
const withoutInventory = { INVENTORY_INTERNAL_URL: undefined, INVENTORY_ADMIN_TOKEN: undefined };

test("a message's trace joins both services' records and the decisions", async () => {
  const { code, out, err } = await trace(placed);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const steps =
    /written.*sent now +by ada.*claimed.*published +attempt 1, order-events\/3@17.*received.*processed.*movement +MOUSE -2.*result sent.*completed/s;
  expect(out).toMatch(steps);
  expect(out).toContain(`trace    ${'ab'.repeat(16)}`);
  expect(out).not.toContain('missing');
});

test("an order's trace has all its messages, oldest first, also as JSON", async () => {
  const { code, out } = await trace(order, {}, '--json');
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    items: [
      { id: placed, key: order, traceId: 'ab'.repeat(16), steps: expect.any(Array) },
      { id: cancelled, status: 'COMPLETED' },
    ],
    inventoryMissing: null,
  });
});

test("without the inventory a trace has the order service's steps and names the settings", async () => {
  const { code, out, err } = await trace(placed, withoutInventory);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toMatch(
    /result sent.*completed\n\nthe inventory's side is missing: set INVENTORY_INTERNAL_URL/s,
  );
  expect(out).not.toContain('MOUSE');
});

test.each([
  ['is down', { INVENTORY_INTERNAL_URL: 'http://127.0.0.1:1' }, "http://127.0.0.1:1 can't be reached"],
  ['rejects the token', { INVENTORY_ADMIN_TOKEN: 'wrong' }, 'rejects the token'],
])('a trace names the reason if the inventory %s', async (_, changes, text) => {
  const { code, out } = await trace(order, changes);
  expect(code).toBe(0);
  expect(out.split("the inventory's side is missing")).toHaveLength(2);
  expect(out).toContain(text);
});

test('a trace reports that INVENTORY_INTERNAL_URL is not the internal port', async () => {
  respondAsInventory = () => [404, { detail: NO_ROUTE_DETAIL }];
  expect((await trace(placed)).out).toContain(
    'it is not the internal port of the inventory. Set INVENTORY_INTERNAL_URL to the URL of its INTERNAL_PORT (3101 by default)',
  );
});

test('an inventory that does not answer is asked once, not for each message', async () => {
  let requests = 0;
  respondAsInventory = () => {
    requests += 1;
    return [503, { detail: 'The database is away.' }];
  };
  expect((await trace(order)).out).toContain('missing: The database is away; run the command again later');
  expect(requests).toBe(1);
});

test("the running demo's inventory is asked only about the running demo's messages", async () => {
  const inDemo = { ...withoutInventory, DEMO_DATA: data };
  const withoutUrl = { ORDER_INTERNAL_URL: undefined, ADMIN_TOKEN: undefined };
  expect((await trace(placed, { ...inDemo, ...withoutUrl })).out).toContain('MOUSE -2');
  const another = await serve('order-token', respondAsOrder);
  servers.push(another.server);
  const { out } = await trace(placed, { ...inDemo, ORDER_INTERNAL_URL: another.url });
  expect(out).toContain("the inventory's side is missing");
});

test('an id of neither a message nor an order is not found', async () => {
  expect(await trace(unknown)).toEqual({
    code: 1,
    out: '',
    err: 'There is none. No order with this id has messages.',
  });
});

test('a malformed setting of the inventory is a wrong argument', async () => {
  expect(await trace(placed, { INVENTORY_INTERNAL_URL: 'localhost' })).toMatchObject({
    code: 2,
    err: expect.stringContaining('INVENTORY_INTERNAL_URL: expected a URL'),
  });
  expect(await trace(placed, { INVENTORY_ADMIN_TOKEN: 'a\nb' })).toMatchObject({
    code: 2,
    err: 'INVENTORY_ADMIN_TOKEN: expected visible ASCII characters',
  });
});
