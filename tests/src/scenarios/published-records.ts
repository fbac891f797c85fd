import {
  ORDER_CANCELLED,
  ORDER_EVENTS_TOPIC,
  ORDER_PLACED,
  orderCancelled,
  orderPlaced,
} from '@lmt/contracts';
import { recordHeaders } from '@lmt/contracts/routes';
import { expect, it } from 'vitest';
import { openTopic, readHeader, type TopicRecord } from '../kafka-topic.js';
import type { System } from '../system.fixture.js';

export function publishesDescribedRecords(system: System): void {
  it('publishes records with the headers and payloads of the AsyncAPI document, and no others', async () => {
    const [order] = await system.place(1, await system.addSku(10));
    const id = order?.id ?? '';
    await system.cancel(id, { reason: 'changed my mind' });
    await system.expectAllFinished();

    const topic = openTopic(system.stack.broker.bootstrap ?? '', ORDER_EVENTS_TOPIC);
    const find = (records: readonly TopicRecord[], type: string) =>
      records.find((record) => record.key?.toString() === id && readHeader(record, 'ce_type') === type);
    const records = await topic.readUntil((records) =>
      [ORDER_PLACED, ORDER_CANCELLED].every((type) => find(records, type) !== undefined),
    );

    for (const [type, payload] of [
      [ORDER_PLACED, orderPlaced],
      [ORDER_CANCELLED, orderCancelled],
    ] as const) {
      const { headers = {}, value } = find(records, type) ?? {};
      const texts = Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, String(text)]));
      expect(recordHeaders(type).strict().parse(texts)).toMatchObject({ ce_subject: id });
      expect(payload.strict().parse(JSON.parse(String(value)))).toMatchObject({ orderId: id });
    }
  });
}
