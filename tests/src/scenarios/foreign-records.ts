import { randomUUID } from 'node:crypto';
import {
  ORDER_EVENTS_DEAD_LETTER_TOPIC,
  ORDER_EVENTS_PARTITIONS,
  ORDER_EVENTS_TOPIC,
  ORDER_PLACED,
} from '@lmt/contracts';
import { poll } from '@lmt/stack';
import { expect, it } from 'vitest';
import { openTopic, readHeader, type TopicRecord } from '../kafka-topic.js';
import { countByStatus } from '../stored-orders.js';
import type { System } from '../system.fixture.js';

const eventHeaders = (headers: Record<string, string>) => ({ ce_specversion: '1.0', ...headers });

/** Records without a usable id. The consumer parks them with a reason. */
const WITHOUT_ID = [
  { key: null, value: 'this is not JSON', headers: {} },
  { key: randomUUID(), value: '{}', headers: eventHeaders({ ce_id: 'not-a-uuid', ce_type: ORDER_PLACED }) },
  { key: 'no-order-id', value: '{}', headers: eventHeaders({ ce_id: randomUUID(), ce_type: ORDER_PLACED }) },
  { key: null, value: null, headers: {} },
];

/** A record with an unknown message id. The consumer reports FAILED, which order ignores. */
const withUnknownId = (type: string, value: string | null) => ({
  key: randomUUID(),
  value,
  headers: eventHeaders({ ce_id: randomUUID(), ce_type: type }),
});
const negativeQuantity = (orderId: string) =>
  JSON.stringify({
    orderId,
    customerId: 'c',
    items: [{ sku: 'SKU-1', quantity: -1 }],
    placedAt: new Date().toISOString(),
  });
const WITH_UNKNOWN_ID = [
  withUnknownId(ORDER_PLACED, 'this is not JSON'),
  withUnknownId(ORDER_PLACED, null),
  withUnknownId(ORDER_PLACED, '{"orderId":1}'),
  withUnknownId('order.exploded.v1', '{}'),
  withUnknownId('forged\r\n{"level":"fatal"}\u001b[2J\u2028\u202e', '{}'),
  withUnknownId('order.placed.v99', '{}'),
  withUnknownId(ORDER_PLACED, negativeQuantity(randomUUID())),
];

export function survivesForeignRecords(system: System): void {
  const open = (topic: string) => openTopic(system.stack.broker.bootstrap ?? '', topic);

  /** Places orders, waits until they are finished, and reads their records from the topic. */
  async function placeAndRead(count: number, sku: string) {
    const orders = await system.place(count, sku);
    await system.expectAllFinished();
    const ids = new Set(orders.map(({ messageId }) => messageId));
    const isTheirs = (record: TopicRecord) => ids.has(readHeader(record, 'ce_id') ?? '');
    const topic = open(ORDER_EVENTS_TOPIC);
    const all = await topic.readUntil((records) => records.filter(isTheirs).length >= count);
    return { orders, topic, records: all.filter(isTheirs) };
  }

  it('deducts once although every record is delivered three more times and in reverse order', async () => {
    const sku = await system.addSku(100);
    const { orders, topic, records } = await placeAndRead(20, sku);
    await topic.write([...records, ...records, ...records]);
    await topic.write([...records].reverse());

    await system.expectAllFinished();
    expect(await countByStatus(system, orders)).toEqual({ CONFIRMED: 20 });
    expect(await system.available(sku)).toBe(80);
  });

  it('shipped bug 10: commits no offset of a batch that it could not store', async () => {
    const sku = await system.addSku(100);
    const { topic, records } = await placeAndRead(20, sku);
    const before = system.stack.lineCount('inventory');
    await system.stack.kill('postgres');
    await topic.write(records);
    await poll('a batch has failed', () =>
      system.stack.lines('inventory', before).some((line) => line.includes('batch failed')),
    );
    expect(await topic.readLag('inventory')).toBe(records.length);

    await system.stack.start('postgres');
    await system.expectAllFinished();
    expect(await topic.readLag('inventory')).toBe(0);
    expect(await system.available(sku)).toBe(80);
  });

  it('inventory.beforeTx: survives garbage on every partition and parks records without an id, with the reason', async () => {
    const sku = await system.addSku(100);
    const { pids } = system.stack;
    const everywhere = Array.from({ length: ORDER_EVENTS_PARTITIONS }, (_, partition) =>
      [...WITHOUT_ID, ...WITH_UNKNOWN_ID].map((message) => ({ ...message, partition })),
    ).flat();
    await open(ORDER_EVENTS_TOPIC).write(everywhere);

    const orders = await system.place(30, sku);
    await system.expectAllFinished();
    expect(await countByStatus(system, orders)).toEqual({ CONFIRMED: 30 });
    expect(system.stack.pids).toEqual(pids);

    const expected = WITHOUT_ID.length * ORDER_EVENTS_PARTITIONS;
    const parked = await open(ORDER_EVENTS_DEAD_LETTER_TOPIC).readUntil(({ length }) => length >= expected);
    expect(parked).toHaveLength(expected);
    expect(new Set(parked.map((record) => readHeader(record, 'dlq_reason')))).toEqual(
      new Set(['no message id that is a uuid', 'no message key that is an order id']),
    );
  });
}
