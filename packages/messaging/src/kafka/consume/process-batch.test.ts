import type { EachBatchPayload } from 'kafkajs';
import { expect, it, vi } from 'vitest';
import { createConsumerHealth } from './consumer-health.js';
import { createHeldRecords } from './held-records.js';
import { processBatch } from './process-batch.js';

const record = {
  key: null,
  value: Buffer.from('v'),
  timestamp: '0',
  attributes: 0,
  offset: '7',
  headers: {},
};

/** Processes a batch with one record. `commit` replaces the request to the broker. */
async function run({ isStale = (): boolean => false, commit = async () => {} } = {}) {
  const committed = vi.fn(commit);
  const resolved = vi.fn();
  const payload: EachBatchPayload = {
    batch: {
      topic: 'orders',
      partition: 0,
      highWatermark: '8',
      messages: [record],
      isEmpty: () => false,
      firstOffset: () => '7',
      lastOffset: () => '7',
      offsetLag: () => '0',
      offsetLagLow: () => '0',
    },
    heartbeat: async () => {},
    pause: () => () => {},
    resolveOffset: resolved,
    commitOffsetsIfNecessary: committed,
    uncommittedOffsets: () => ({ topics: [] }),
    isRunning: () => true,
    isStale,
  };
  const handler = vi.fn(async () => []);
  const held = createHeldRecords({
    deadLetterTopic: 'dlq',
    park: async () => [],
    logger: { debug() {}, info() {}, warn() {}, error() {} },
  });
  await held.commitAtOnce();
  const failures = { report: vi.fn() };
  await processBatch(payload, { handler, held, health: createConsumerHealth(), failures });
  return { handler, committed, resolved };
}

it('commits and resolves the last offset after the handler', async () => {
  const { handler, committed, resolved } = await run();
  expect(handler).toHaveBeenCalledOnce();
  expect(committed).toHaveBeenCalledWith({
    topics: [{ topic: 'orders', partitions: [{ partition: 0, offset: '8' }] }],
  });
  expect(resolved).toHaveBeenCalledWith('7');
});

it('does not process a batch that is stale from the start', async () => {
  const { handler, committed } = await run({ isStale: () => true });
  expect(handler).not.toHaveBeenCalled();
  expect(committed).not.toHaveBeenCalled();
});

it('does not commit if the batch became stale while it was processed', async () => {
  const isStale = vi.fn(() => true).mockReturnValueOnce(false);
  const { handler, committed, resolved } = await run({ isStale });
  expect(handler).toHaveBeenCalledOnce();
  expect(committed).not.toHaveBeenCalled();
  expect(resolved).not.toHaveBeenCalled();
});

it('does not resolve an offset if the batch became stale during the commit', async () => {
  let stale = false;
  const commit = async () => {
    stale = true;
  };
  const { committed, resolved } = await run({ isStale: () => stale, commit });
  expect(committed).toHaveBeenCalledOnce();
  expect(resolved).not.toHaveBeenCalled();
});
