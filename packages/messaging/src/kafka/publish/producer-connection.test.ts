import { Partitioners } from 'kafkajs';
import { expect, it, vi } from 'vitest';
import { locate, recordPartitions } from './producer-connection.js';

const partitionMetadata = [0, 1, 2, 3, 4, 5].map((partitionId) => ({
  partitionId,
  partitionErrorCode: 0,
  leader: 1,
  replicas: [1],
  isr: [1],
}));
const args = (key: string | Buffer | null) => ({
  topic: 't',
  partitionMetadata,
  message: { key, value: null },
});

it("uses kafkajs' own partitioner and remembers the partition of each message", () => {
  const partitions = recordPartitions();
  const choose = partitions.createPartitioner();
  const usual = Partitioners.DefaultPartitioner();

  for (let at = 0; at < 100; at += 1) {
    const one = args(`order-${at}`);
    expect(choose(one)).toBe(usual(one));
    expect(partitions.findPartition(one.message)).toBe(usual(one));
  }
});

it.each([
  ['text', (text: string) => text],
  ['bytes', (text: string) => Buffer.from(text)],
])('does not block on a long key of %s, and keeps its messages in one partition', (_, keyOf) => {
  const choose = recordPartitions().createPartitioner();
  const started = performance.now();

  const chosen = [1, 2].map(() => choose(args(keyOf('x'.repeat(1_048_000)))));

  expect(chosen[0]).toBe(chosen[1]);
  expect(performance.now() - started).toBeLessThan(1000);
});

it('partitions-added: uses and reports partitions that kafkajs finds later', () => {
  const onRefresh = vi.fn();
  const partitions = recordPartitions(onRefresh);
  const choose = partitions.createPartitioner();
  partitions.learn(new Map([['t', partitionMetadata]]));
  const { message } = args('k');
  expect(partitions.findDestination('t', message)).toEqual({
    topic: 't',
    partition: Partitioners.DefaultPartitioner()(args('k')),
    leader: 1,
  });
  const more = Array.from({ length: 12 }, (_, partitionId) => ({
    ...partitionMetadata[0],
    partitionId,
    leader: -1,
  }));
  const refreshed = more as typeof partitionMetadata;
  for (let at = 0; at < 3; at += 1) choose({ ...args(`k${at}`), partitionMetadata: refreshed });
  expect(onRefresh.mock.calls).toEqual([['t', refreshed]]);
  expect(partitions.findDestination('t', args('k').message)).toMatchObject({ leader: -1 });
  expect(partitions.findDestination('unknown', message)).toBeNull();
});

it('accepts a message without a key', () => {
  expect(recordPartitions().createPartitioner()(args(null))).toBeTypeOf('number');
});

it('locates each record behind the earlier ones of its partition, also beyond 2^53', () => {
  const records = [0, 1, 0, 2, 0, 3].map((partition) => ({
    topic: 't',
    message: { key: null, value: null, partition },
  }));
  const answer = [
    { topicName: 't', partition: 1, errorCode: 0, baseOffset: '7' },
    { topicName: 't', partition: 0, errorCode: 0, baseOffset: '9007199254740993' },
    { topicName: 'another', partition: 2, errorCode: 0, baseOffset: '5' },
    { topicName: 't', partition: 3, errorCode: 0, baseOffset: '-1' },
  ];
  const acknowledged = locate(records, answer, ({ message: { partition } }) => partition);
  expect(records.map((record) => acknowledged.get(record))).toEqual([
    { status: 'acknowledged', position: 't/0@9007199254740993' },
    { status: 'acknowledged', position: 't/1@7' },
    { status: 'acknowledged', position: 't/0@9007199254740994' },
    undefined,
    { status: 'acknowledged', position: 't/0@9007199254740995' },
    { status: 'acknowledged' },
  ]);
});
