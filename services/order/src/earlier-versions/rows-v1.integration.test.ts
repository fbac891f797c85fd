// Rows that the first version wrote: orders in every state, with results, retries and a pending message.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { claimBatch } from '@lmt/outbox/steps';
import { createSql, openPool } from '@lmt/postgres';
import { upgradeWithRows } from '@lmt/postgres/earlier-rows';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createOrderTestDatabase, type OrderTestDatabase } from '../order-database.fixture.js';
import { type ServedOrders, serveOrders } from '../served-orders.fixture.js';

const {
  orderIds,
  rows,
}: {
  readonly orderIds: Readonly<Record<string, string>>;
  readonly rows: Readonly<Record<string, readonly { readonly id: string; readonly key: string }[]>>;
} = JSON.parse(await readFile(new URL('rows-v1.json', import.meta.url), 'utf8'));

const migrations = fileURLToPath(new URL('../../../../prisma/order/migrations', import.meta.url));
const released = ['20261122000000_init', '20261122020000_operators'];

let db: OrderTestDatabase;
let service: ServedOrders;
beforeAll(async () => {
  db = await createOrderTestDatabase((url) => upgradeWithRows(url, { migrations, released, rows }));
  service = await serveOrders(db.connect(), { sql: db.connectSql() });
});
afterAll(async () => {
  await service?.close();
  await db?.close();
});

// `ask` and `operate` compare each answer with the OpenAPI document.
it('answers every route that reads them', async () => {
  const list = await service.ask('/orders');
  expect(list.body.items).toHaveLength(Object.keys(orderIds).length);
  expect(list.body.items.map(({ status }) => status).sort()).toEqual([
    'CANCELLED',
    'CANCELLING',
    'CONFIRMED',
    'CONFIRMED',
    'PENDING',
    'PENDING',
    'REJECTED',
  ]);
  for (const id of Object.values(orderIds)) expect((await service.ask(`/orders/${id}`)).status).toBe(200);
  expect((await service.operate('/messages')).body.items).toHaveLength(rows.outbox_messages?.length ?? 0);
  for (const { id } of rows.outbox_messages ?? [])
    expect((await service.operate(`/messages/${id}`)).status).toBe(200);
  expect((await service.operate('/messages/speed?minutes=60')).status).toBe(200);
});

it('replays the answer to a key of theirs', async () => {
  const [item, other] = [
    { sku: 'KEYBOARD', quantity: 2 },
    { sku: 'MOUSE', quantity: 1 },
  ];
  const place = (items: object[]) =>
    service.place({ customerId: 'ada', items }, { 'idempotency-key': 'order-1' });
  const replay = await place([item, other]);
  expect(replay.status).toBe(201);
  expect(replay.headers.get('idempotency-replayed')).toBe('true');
  expect(replay.body.id).toBe(orderIds.confirmed);
  expect((await place([other])).status).toBe(422);
});

it('publishes their unfinished messages again', async () => {
  const pool = { url: db.urls.relay, applicationName: 'lmt-relay', poolSize: 1, onConnectionError: () => {} };
  const relay = createSql(openPool(pool));
  const token = '01a21ad6-0000-7000-8000-000000000000';
  const { messages } = await claimBatch(relay, { token, batchSize: 100, leaseSeconds: 1 });
  await relay.$disconnect();
  expect(new Set(messages.map(({ key }) => key))).toEqual(
    new Set([orderIds.inFlight, orderIds.cancelling, orderIds.pending]),
  );
});

it('applies a result to their messages', async () => {
  const message = rows.outbox_messages?.find(({ key }) => key === orderIds.inFlight);
  const result = {
    messageId: message?.id,
    orderId: orderIds.inFlight,
    outcome: 'SUCCEEDED',
    processedAt: '2026-11-27T02:31:00.000Z',
  };
  const { body } = await service.report({ results: [result] });
  expect(body.results).toEqual([{ messageId: message?.id, status: 'applied' }]);
  expect((await service.ask(`/orders/${orderIds.inFlight}`)).body.status).toBe('CONFIRMED');
});
