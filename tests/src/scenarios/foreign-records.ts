import { randomUUID } from 'node:crypto';
import {
  ORDER_EVENTS_DEAD_LETTER_TOPIC,
  ORDER_EVENTS_PARTITIONS,
  ORDER_EVENTS_TOPIC,
  ORDER_PLACED,
} from '@lmt/contracts';
import { poll } from '@lmt/stack';
import { expect, it } from 'vitest';
import { headerOf, openTopic, type TopicRecord } from '../kafka-topic.js';
import type { System } from '../system.fixture.js';

const eventHeaders = (headers: Record<string, string>) => ({ ce_specversion: '1.0', ...headers });

/** What has no usable id, and where the reason is expected. */
const WITHOUT_ID = [
  { key: null, value: 'this is not JSON', headers: {} },
  { key: randomUUID(), value: '{}', headers: eventHeaders({ ce_id: 'not-a-uuid', ce_type: ORDER_PLACED }) },
  { key: 'no-order-id', value: '{}', headers: eventHeaders({ ce_id: randomUUID(), ce_type: ORDER_PLACED }) },
  { key: null, value: null, headers: {} },
];

/** What has an id, so that its sender is told: nobody knows these, so nothing happens. */
const rubbishWithId = (type: string, value: string | null) => ({
  key: randomUUID(),
  value,
  headers: eventHeaders({ ce_id: randomUUID(), ce_type: type }),
});
const negative = (orderId: string) =>
  JSON.stringify({
    orderId,
    customerId: 'c',
    items: [{ sku: 'SKU-1', quantity: -1 }],
    placedAt: new Date().toISOString(),
  });
const WITH_ID = [
  rubbishWithId(ORDER_PLACED, 'this is not JSON'),
  rubbishWithId(ORDER_PLACED, null),
  rubbishWithId(ORDER_PLACED, '{"orderId":1}'),
  rubbishWithId('order.exploded.v1', '{}'),
  rubbishWithId('forged\r\n{"level":"fatal"}\u001b[2J\u2028\u202e', '{}'),
  rubbishWithId('order.placed.v99', '{}'),
  rubbishWithId(ORDER_PLACED, negative(randomUUID())),
];

export function takesForeignRecords(system: System): void {
  const open = (topic: string) => openTopic(system.stack.broker.bootstrap ?? '', topic);

  /** Orders that are finished, and their records as they lie on the topic. */
  async function finishedOrders(count: number, sku: string) {
    const orders = await system.place(count, sku);
    await system.everythingFinishes();
    const ids = new Set(orders.map(({ messageId }) => messageId));
    const isTheirs = (record: TopicRecord) => ids.has(headerOf(record, 'ce_id') ?? '');
    const topic = open(ORDER_EVENTS_TOPIC);
    const all = await topic.readUntil((records) => records.filter(isTheirs).length >= count);
    return { orders, topic, records: all.filter(isTheirs) };
  }

  it('deducts once whatever comes three times, and in the reverse order', async () => {
    const sku = await system.newSku(100);
    const { orders, topic, records } = await finishedOrders(20, sku);
    await topic.write([...records, ...records, ...records]);
    await topic.write([...records].reverse());

    await system.everythingFinishes();
    expect(await system.countByStatus(orders)).toEqual({ CONFIRMED: 20 });
    expect(await system.available(sku)).toBe(80);
  });

  it('shipped bug 10: commits no offset of what it could not store', async () => {
    const sku = await system.newSku(100);
    const { topic, records } = await finishedOrders(20, sku);
    const before = system.stack.lineCount('inventory');
    const hasFailed = () =>
      system.stack.lines('inventory', before).some((line) => line.includes('a batch failed'));
    await system.stack.kill('postgres');
    await topic.write(records);
    await poll('the inventory has tried', hasFailed);
    expect(await topic.lagOf('inventory')).toBe(records.length);

    await system.stack.start('postgres');
    await system.everythingFinishes();
    expect(await topic.lagOf('inventory')).toBe(0);
    expect(await system.available(sku)).toBe(80);
  });

  it('inventory.beforeTx: lives on with rubbish on every partition, and parks what has no id with the reason', async () => {
    const sku = await system.newSku(100);
    const { pids } = system.stack;
    const everywhere = Array.from({ length: ORDER_EVENTS_PARTITIONS }, (_, partition) =>
      [...WITHOUT_ID, ...WITH_ID].map((message) => ({ ...message, partition })),
    ).flat();
    await open(ORDER_EVENTS_TOPIC).write(everywhere);

    const orders = await system.place(30, sku);
    await system.everythingFinishes();
    expect(await system.countByStatus(orders)).toEqual({ CONFIRMED: 30 });
    expect(system.stack.pids).toEqual(pids);

    const expected = WITHOUT_ID.length * ORDER_EVENTS_PARTITIONS;
    const parked = await open(ORDER_EVENTS_DEAD_LETTER_TOPIC).readUntil(({ length }) => length >= expected);
    const reasons = parked.map((record) => headerOf(record, 'dlq_reason'));
    expect(parked).toHaveLength(expected);
    expect(new Set(reasons)).toEqual(
      new Set(['no message id that is a uuid', 'no message key that is an order id']),
    );
  });
}
