import { expect, it, vi } from 'vitest';
import { createConfirmedSender } from './confirmed-sender.js';
import type { OutboundRecord } from './outbound-record.js';
import type { ProducerConnection } from './producer-connection.js';

const logger = { debug() {}, info() {}, warn() {}, error() {} };
const options = {
  brokers: ['a:1'],
  clientId: 'c',
  topics: [{ topic: 't', partitions: 1 }],
  timeoutMs: 50,
  logger,
};
const acknowledge = () => ({ status: 'acknowledged' }) as const;
/** Two of these do not fit into one request. */
const large = (key: string): OutboundRecord => ({
  topic: 't',
  message: { key, value: Buffer.alloc(600_000) },
});

it('opens no connection for the rest of a call that has timed out', async () => {
  const cut: (() => void)[] = [];
  const open = vi.fn(
    (): ProducerConnection => ({
      ready: async () => {},
      findDestination: ({ topic }) => ({ topic, partition: 0, leader: 1 }),
      sendBatch: () => new Promise((_, reject) => cut.push(() => reject(new Error('cut')))),
      destroy: () => {
        for (const fail of cut) fail();
      },
    }),
  );
  const sender = createConfirmedSender(options, open);

  const outcomes = await sender.send([large('a'), large('b')]);

  expect(outcomes).toEqual([
    { status: 'unavailable', reason: 'Kafka: no answer within 0.05 s' },
    { status: 'unavailable', reason: 'Kafka: no answer within 0.05 s' },
  ]);
  await new Promise((resolve) => setImmediate(resolve));
  expect(open).toHaveBeenCalledOnce();
  sender.close();
});

it('gives a suspect partition the full time if the call has no other partition', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const unreachable = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
  const sendBatch = vi.fn<ProducerConnection['sendBatch']>().mockRejectedValueOnce(unreachable);
  sendBatch.mockImplementation(() => new Promise((resolve) => setTimeout(resolve, 3_000, acknowledge)));
  const sender = createConfirmedSender({ ...options, timeoutMs: 10_000 }, () => ({
    ready: async () => {},
    findDestination: ({ topic }) => ({ topic, partition: 0, leader: 1 }),
    sendBatch,
    destroy() {},
  }));
  expect(await sender.send([large('a')])).toEqual([{ status: 'unavailable', reason: 't/0: connect' }]);

  const outcomes = sender.send([large('a')]);
  await vi.advanceTimersByTimeAsync(3_000);

  expect(await outcomes).toEqual([{ status: 'acknowledged' }]);
  vi.useRealTimers();
});

it('sends the other partitions first after one partition used up the time of a call', async () => {
  const hanging = new Set<() => void>();
  const sender = createConfirmedSender(options, () => ({
    // A connect takes at least a turn of the event loop.
    ready: () => new Promise((resolve) => setImmediate(resolve)),
    findDestination: ({ topic, message }) =>
      message.key === 'a' ? { topic, partition: 0, leader: 1 } : { topic, partition: 1, leader: 2 },
    sendBatch: ([first]) =>
      first?.message.key === 'a'
        ? new Promise((_, reject) => hanging.add(() => reject(new Error('cut'))))
        : Promise.resolve(acknowledge),
    destroy: () => {
      for (const fail of hanging) fail();
    },
  }));
  const small = (key: string) => ({ topic: 't', message: { key, value: 'v' } });
  const statuses = async () => (await sender.send([small('a'), small('b')])).map(({ status }) => status);

  expect(await statuses()).toEqual(['unavailable', 'unavailable']);
  expect(await statuses()).toEqual(['unavailable', 'acknowledged']);
});

it('does not send a message if an earlier message of its key was not stored', async () => {
  const blocked = Object.assign(new Error('too few'), {
    name: 'KafkaJSProtocolError',
    type: 'NOT_ENOUGH_REPLICAS',
  });
  const sendBatch = vi.fn<ProducerConnection['sendBatch']>().mockRejectedValueOnce(blocked);
  sendBatch.mockResolvedValue(acknowledge);
  const sender = createConfirmedSender(options, () => ({
    ready: async () => {},
    findDestination: ({ topic }) => ({ topic, partition: 0, leader: 1 }),
    sendBatch,
    destroy() {},
  }));

  const outcomes = await sender.send([large('a'), large('a'), large('b')]);

  expect(outcomes.map(({ status }) => status)).toEqual(['unavailable', 'unavailable', 'acknowledged']);
  expect(sendBatch.mock.calls.map(([sent]) => sent.map(({ message }) => message.key))).toEqual([
    ['a'],
    ['b'],
  ]);
});
