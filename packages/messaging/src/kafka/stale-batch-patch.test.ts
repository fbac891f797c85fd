import { createRequire } from 'node:module';
import { describe, expect, it, vi } from 'vitest';

// Tests the patched files directly. patches/README.md describes the bugs.
const load = createRequire(import.meta.url);

describe('a batch that was fetched before a rebalance', () => {
  const Runner = load('kafkajs/src/consumer/runner');
  const ConsumerGroup = load('kafkajs/src/consumer/consumerGroup');
  const logger = { namespace: () => logger, debug() {}, info() {}, error() {} };
  const newAssignment = () => ({ committedOffsets: () => ({ t: { 0: '5' } }), nextOffset: () => '5' });
  const messages = [{ offset: '5', isControlRecord: false }];

  /**
   * A member of a group. The assignment changes while its fetch is in flight if `rejoins` is true.
   */
  function start(rejoins: boolean) {
    const eachBatch = vi.fn(async ({ isStale }: { isStale: () => boolean }) => {
      expect(isStale()).toBe(false);
      group.offsetManager = newAssignment();
      expect(isStale()).toBe(true);
    });
    const partitions = [{ partition: 0, highWatermark: '6', messages, abortedTransactions: [] }];
    const fetch = async () => {
      if (rejoins) group.offsetManager = newAssignment();
      return { responses: [{ topicName: 't', partitions }] };
    };
    const group = {
      offsetManager: newAssignment(),
      preferredReadReplicasPerTopicPartition: {},
      cluster: { refreshMetadataIfNecessary: async () => {}, findBroker: async () => ({ fetch }) },
      subscriptionState: { assigned: () => [{ topic: 't', partitions: [0] }], isPaused: () => false },
      seekOffset: { has: () => false },
      checkForStaleAssignment() {},
      filterPartitionsByNode: (_: number, assigned: object) => assigned,
      seekOffsets: async () => {},
      getActiveTopicPartitions: () => ({ t: new Set([0]) }),
      hasSeekOffset: () => false,
      heartbeat: async () => {},
    };
    const emitter = { emit() {} };
    const runner = new Runner({
      logger,
      consumerGroup: group,
      instrumentationEmitter: emitter,
      eachBatch,
      eachBatchAutoResolve: false,
      autoCommit: false,
    });
    runner.running = true;
    const handleFetched = async () => {
      for (const batch of await ConsumerGroup.prototype.fetch.call(group, 1)) await runner.handleBatch(batch);
    };
    return { eachBatch, handleFetched };
  }

  it('is not processed', async () => {
    const { eachBatch, handleFetched } = start(true);
    await handleFetched();
    expect(eachBatch).not.toHaveBeenCalled();
  });

  it('is stale if the rebalance happens while it is processed', async () => {
    const { eachBatch, handleFetched } = start(false);
    await handleFetched();
    expect(eachBatch).toHaveBeenCalledOnce();
  });
});
