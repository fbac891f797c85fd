import { expect, it } from 'vitest';
import { checkTopic, type FoundTopic } from './check-topic.js';

const found = (replicas: number, config: Record<string, string> = {}): FoundTopic => ({
  partitions: [0, 1].map((partitionId) => ({
    partitionId,
    leader: 1,
    replicas: Array.from({ length: replicas }, (_, at) => at + 1),
  })),
  config: {
    'compression.type': 'uncompressed',
    'message.timestamp.type': 'LogAppendTime',
    'min.insync.replicas': '1',
    ...config,
  },
});
const spec = { topic: 'order-events', partitions: 2 };
const problems = (...args: [typeof spec & object, FoundTopic]) =>
  checkTopic(...args, 'b:9092').map(({ problem }) => problem);

it('accepts a topic as this project creates it', () => {
  expect(checkTopic(spec, found(3, { 'min.insync.replicas': '2' }), 'b:9092')).toEqual([]);
});

it('accepts one replica if configured, and settings that it may not read', () => {
  expect(checkTopic({ ...spec, replicationFactor: 1 }, found(1), 'b:9092')).toEqual([]);
  expect(checkTopic(spec, { ...found(3), config: {} }, 'b:9092')).toEqual([]);
});

it.each([
  ['record-codec', 'compression.type', 'producer', 'uncompressed'],
  ['relay-clock', 'message.timestamp.type', 'CreateTime', 'LogAppendTime'],
])('%s: names %s and the command that changes it', (_case, name, value, wanted) => {
  expect(checkTopic(spec, found(3, { [name]: value }), 'b:9092')).toEqual([
    {
      problem: `${name} is ${value}, expected ${wanted}`,
      command: `kafka-configs.sh --bootstrap-server b:9092 --alter --entity-type topics --entity-name order-events --add-config ${name}=${wanted}`,
    },
  ]);
});

it('leaderless: names a single replica that is not configured', () => {
  expect(problems(spec, found(1))).toEqual([
    'replication factor is 1: the loss of one disk loses messages; KAFKA_REPLICATION_FACTOR=1 accepts it',
  ]);
  expect(problems({ ...spec, replicationFactor: 3 } as typeof spec, found(2))).toEqual([
    'replication factor is 2',
  ]);
});

it('leaderless: names a min.insync.replicas that is too low or leaves no spare replica', () => {
  expect(problems({ ...spec, minInSyncReplicas: 2 } as typeof spec, found(3))).toEqual([
    'min.insync.replicas is 1, expected 2',
  ]);
  expect(problems(spec, found(2, { 'min.insync.replicas': '2' }))).toEqual([
    'min.insync.replicas is 2 with 2 replicas: if one replica is down, no message is stored',
  ]);
});
