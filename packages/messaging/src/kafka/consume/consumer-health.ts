import { createStallDetector, type StallDetector } from '@lmt/resilience';
import type { Consumer } from 'kafkajs';
import type { Logger } from '../../port.js';
import { classifyError } from '../classify-error.js';

/** The session time-out, after which the group reassigns the partitions to other members. */
const SILENCE_MS = 10_000;

export type ConsumerHealth = ReturnType<typeof createConsumerHealth>;

/**
 * Derives from the consumer's events whether messages can arrive. Uses monotonic time, so that a
 * clock change does not look like a silent broker.
 */
export function createConsumerHealth(monotonicNow = () => performance.now()) {
  let absence: string | null = 'not in its consumer group yet';
  let denial: string | null = null;
  let lastAnswer = monotonicNow();
  const partitions = new Map<string, StallDetector>();

  const silentMs = () => monotonicNow() - lastAnswer;
  return {
    joined() {
      absence = null;
      lastAnswer = monotonicNow();
      partitions.clear();
    },
    left(reason: string) {
      absence = reason;
    },
    /**
     * Records that the broker rejects the login or a request. A consumer may join its group without
     * the permission to read the topic, so only a fetch clears it.
     */
    denied(reason: string) {
      denial = reason;
    },
    fetched() {
      denial = null;
      lastAnswer = monotonicNow();
    },
    /** Records that the broker answered a request other than a fetch. */
    answered() {
      lastAnswer = monotonicNow();
    },
    silentMs,
    /**
     * Runs one attempt at a batch of this partition. Only continued failures make the consumer
     * unready. A slow batch does not, because it may be waiting for other partitions or for a full
     * queue. The handler's owner bounds the duration.
     */
    async trackBatch<T>(partition: string, attempt: () => Promise<T>): Promise<T> {
      const settled = attempt();
      await settled.catch(() => undefined);
      const detector =
        partitions.get(partition) ??
        createStallDetector({ activity: `batches of ${partition}`, monotonicNow });
      partitions.set(partition, detector);
      return detector.track(() => settled);
    },
    notReadyReason(): string | null {
      if (denial !== null) return denial;
      if (absence !== null) return absence;
      if (silentMs() > SILENCE_MS) return `no answer from Kafka for ${Math.round(silentMs() / 1_000)} s`;
      for (const detector of partitions.values()) {
        const reason = detector.stallReason();
        if (reason !== null) return reason;
      }
      return null;
    },
  };
}

/**
 * Updates `health` from kafkajs' events. After some crashes kafkajs does not restart the consumer.
 * The process would then run without a consumer, so `onEnded` must restart it or end the process.
 */
export function trackConsumerEvents(
  consumer: Consumer,
  health: ConsumerHealth,
  logger: Logger,
  onEnded: (error: Error) => void,
): void {
  const { GROUP_JOIN, FETCH, HEARTBEAT, CRASH, REBALANCING } = consumer.events;
  consumer.on(GROUP_JOIN, ({ payload: { groupId, memberAssignment } }) => {
    health.joined();
    logger.info({ groupId, partitions: memberAssignment }, 'joined the consumer group');
  });
  consumer.on(FETCH, health.fetched);
  consumer.on(HEARTBEAT, health.answered);
  consumer.on(REBALANCING, () => health.left('its consumer group is rebalancing'));
  consumer.on(CRASH, ({ payload }) => {
    health.left(`disconnected: ${classifyError(payload.error).reason}`);
    if (!payload.restart) onEnded(payload.error);
  });
}
