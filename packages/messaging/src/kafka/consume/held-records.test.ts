import { describe, expect, it, vi } from 'vitest';
import type { OutboundRecord } from '../publish/outbound-record.js';
import { createHeldRecords } from './held-records.js';

type Park = (records: readonly OutboundRecord[]) => Promise<readonly (string | null)[]>;

const readOffset = ({ message }: OutboundRecord) => Number(message.headers?.dlq_offset);
const dead = (offset: number, partition = 0, value = 'v') => ({
  topic: 'orders',
  partition,
  reason: 'no id',
  record: {
    key: null,
    value: Buffer.from(value),
    timestamp: '0',
    attributes: 0,
    offset: String(offset),
    headers: {},
  },
});

/** Starts with a dead-letter topic that refuses the offsets for which `refuses` is true. */
function start(limits = { count: 10, bytes: 1_000_000 }) {
  const topic = { refuses: (_: number): boolean => false, stored: [] as number[] };
  const park = vi.fn<Park>(async (records) =>
    records.map((record) => {
      if (topic.refuses(readOffset(record))) return 'no leader';
      topic.stored.push(readOffset(record));
      return null;
    }),
  );
  const warn = vi.fn();
  const held = createHeldRecords({
    deadLetterTopic: 'dlq',
    park,
    logger: { debug() {}, info() {}, warn, error() {} },
    limits,
    backoff: { baseMs: 1, capMs: 2 },
    patienceMs: 50,
    commitIntervalMs: 1,
  });
  void held.commitAtOnce();
  const committed: string[][] = [[], []];
  /** Processes a batch of one partition that ends before `next`. */
  const batch = async (next: number, deadOffsets: number[], partition = 0) => {
    await held.hold(deadOffsets.map((offset) => dead(offset, partition)));
    await held.advance(`orders/${partition}`, BigInt(next), async (offset) => {
      committed[partition]?.push(offset);
    });
  };
  return { held, topic, park, warn, batch, committed, last: (partition = 0) => committed[partition]?.at(-1) };
}

describe('dead-letter-topic', () => {
  it('a batch whose dead letters are stored at once is committed to its end', async () => {
    const { held, topic, batch, last } = start();
    await batch(10, [3, 7]);
    expect(topic.stored).toEqual([3, 7]);
    expect(last()).toBe('10');
    expect(held.notReadyReason()).toBeNull();
  });

  it('a dead letter that cannot be stored holds back only the committed offset', async () => {
    const { held, topic, batch, last } = start();
    topic.refuses = (offset) => offset === 3;

    await batch(10, [3, 7]);
    await batch(20, [15]);
    await batch(30, [], 1);

    expect(last()).toBe('3');
    expect(last(1)).toBe('30');
    expect(held.notReadyReason()).toMatch(/^[12] dead letters wait for dlq: no leader$/);
    await vi.waitFor(() => expect(topic.stored).toEqual([7, 15]));
    expect(held.count()).toBe(1);

    topic.refuses = () => false;
    await vi.waitFor(() => expect(last()).toBe('20'));
    expect(topic.stored).toEqual([7, 15, 3]);
    expect(held.notReadyReason()).toBeNull();
  });

  it('never commits behind a held record, in any order of storing', async () => {
    const { topic, batch, committed } = start({ count: 100, bytes: 1_000_000 });
    topic.refuses = () => true;
    for (let at = 0; at < 50; at += 1) await batch(at + 1, [at]);
    topic.refuses = () => Math.random() < 0.7;
    await vi.waitFor(() => expect(topic.stored).toHaveLength(50));
    await vi.waitFor(() => expect(committed[0]?.at(-1)).toBe('50'));
    const offsets = (committed[0] ?? []).map(Number);
    expect(offsets).toEqual(offsets.toSorted((a, b) => a - b));
    expect(new Set(topic.stored).size).toBe(50);
  });

  it('does not wait for a topic that is known to fail', async () => {
    const { held, topic, park, batch } = start();
    topic.refuses = () => true;
    await batch(1, [0]);
    park.mockImplementation(() => new Promise(() => {}));
    await batch(2, [1]);
    expect(held.count()).toBe(2);
  });

  it('waits only briefly for a topic that does not answer', async () => {
    const { held, park, batch, last } = start();
    park.mockImplementation(() => new Promise(() => {}));
    await batch(10, [4]);
    expect(last()).toBe('4');
    expect(held.count()).toBe(1);
  });

  it.each([
    ['number', { count: 3, bytes: 1_000_000 }, 'v'],
    ['size', { count: 1_000, bytes: 4_000 }, 'v'.repeat(1_000)],
  ])('fails the batch when the held records reach their %s', async (_, limits, value) => {
    const { held, topic } = start(limits);
    topic.refuses = () => true;
    await held.hold([dead(0, 0, value), dead(1, 0, value), dead(2, 0, value)]);
    await expect(held.hold([dead(3, 0, value)])).rejects.toThrow('3 dead letters wait for dlq: no leader');
    expect(held.count()).toBe(3);
  });

  it('stores more dead letters than it may hold while the topic works', async () => {
    const { topic, batch, last } = start({ count: 3, bytes: 1_000_000 });
    await batch(
      100,
      Array.from({ length: 100 }, (_, at) => at),
    );
    expect(topic.stored).toHaveLength(100);
    expect(last()).toBe('100');
  });

  it('holds a record once, although its batch is delivered again', async () => {
    const { held, topic } = start();
    topic.refuses = () => true;
    await held.hold([dead(1)]);
    await held.hold([dead(1), dead(2)]);
    expect(held.count()).toBe(2);
  });

  it('forgets the held records when the group assigns the partitions again', async () => {
    const { held, topic, park, batch, committed } = start();
    topic.refuses = () => true;
    await batch(10, [5]);
    let finish: (reasons: null[]) => void = () => {};
    park.mockImplementation(() => new Promise((resolve) => (finish = resolve)));
    await vi.waitFor(() => expect(park).toHaveBeenCalledTimes(2));

    held.reset();
    finish([null]);

    expect(held.count()).toBe(0);
    expect(held.notReadyReason()).toBeNull();
    await new Promise((resolve) => setImmediate(resolve));
    expect(committed[0]).toEqual(['5']);
  });

  it('reports the problem once, and each stored record', async () => {
    const { topic, warn, batch } = start();
    topic.refuses = () => true;
    await batch(10, [5, 6]);
    await batch(20, [15]);
    topic.refuses = () => false;
    await vi.waitFor(() => expect(topic.stored).toHaveLength(3));
    const lines = warn.mock.calls.map(([, text]) => text);
    expect(lines.filter((line) => /cannot be stored/.test(line))).toHaveLength(1);
    expect(lines.filter((line) => line === 'dead letter parked')).toHaveLength(3);
  });

  it('treats an error of the sender as a reason', async () => {
    const { held, park, batch, last } = start();
    park.mockRejectedValueOnce(new Error('closed'));
    await batch(10, [5]);
    expect(last()).toBe('5');
    expect(held.notReadyReason()).toBe('1 dead letters wait for dlq: closed');
    await vi.waitFor(() => expect(last()).toBe('10'));
  });

  it('does not retry after stop, even if an attempt fails later', async () => {
    const { held, park, batch } = start();
    let fail: (error: Error) => void = () => {};
    park.mockImplementation(() => new Promise((_, reject) => (fail = reject)));
    await batch(10, [5]);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    held.stop();
    fail(new Error('closed'));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(park).toHaveBeenCalledOnce();
    vi.useRealTimers();
  });
});
