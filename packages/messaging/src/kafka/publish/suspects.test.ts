import { expect, it } from 'vitest';
import type { OutboundRecord } from './outbound-record.js';
import { createSuspects } from './suspects.js';

const record = (partition: number): OutboundRecord => ({
  topic: 't',
  message: { key: String(partition), value: null },
});
/** Broker 0 leads even partitions, broker 1 odd partitions. The topic `new` is not known yet. */
const producer = {
  findDestination: ({ topic, message }: OutboundRecord) => {
    const partition = Number(message.key);
    return topic === 'new' ? null : { topic, partition, leader: partition % 2 };
  },
};
const unknown: OutboundRecord = { topic: 'new', message: { key: 'k', value: null } };

it('leaderless: plans one request for each leader, and keeps the order of the records', () => {
  const records = [0, 1, 2, 3, 0].map(record);
  const { parts, suspicious } = createSuspects().plan([...records, unknown], producer);
  expect(parts).toEqual([[records[0], records[2], records[4]], [records[1], records[3]], [unknown]]);
  expect(suspicious).toEqual([]);
});

it('leaderless: plans separate requests for failed partitions until they succeed', () => {
  const suspects = createSuspects();
  const records = [0, 1, 2].map(record);
  suspects.add(producer.findDestination(record(2)));
  expect(suspects.plan(records, producer)).toEqual({
    parts: [[records[0]], [records[1]]],
    suspicious: [[records[2]]],
  });
  suspects.clear(producer.findDestination(record(2)));
  expect(suspects.plan(records, producer).suspicious).toEqual([]);
});
