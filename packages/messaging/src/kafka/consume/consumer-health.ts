import { createStallDetector, type StallDetector } from '@lmt/resilience';
import type { Consumer } from 'kafkajs';
import type { Logger } from '../../port.js';
import { classifyError } from '../classify-error.js';

/** The session time-out: after it the group has given the partitions to other members. */
const SILENCE_MS = 10_000;

export type ConsumerHealth = ReturnType<typeof createConsumerHealth>;

/**
 * Whether messages can arrive, derived from the consumer's events. Uses monotonic time, because a
 * step of the wall clock does not mean that the broker is silent.
 */
export function createConsumerHealth(monotonicNow = () => performance.now()) {
  let absence: string | null = 'not in its consumer group yet';
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
    /** The broker answered a fetch or a heartbeat. */
    answered() {
      lastAnswer = monotonicNow();
    },
    silentMs,
    /**
     * Runs one attempt at a batch of this partition. Only failures count: a slow batch may wait for
     * other partitions or for a full queue, while messages do arrive. The handler's owner bounds it.
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
 * Turns kafkajs' events into health. After a crash from which kafkajs does not restart, the
 * consumer has ended although the process lives, so `onFatal` must end the process too.
 */
export function trackConsumerEvents(
  consumer: Consumer,
  health: ConsumerHealth,
  logger: Logger,
  onFatal: (error: Error) => void,
): void {
  const { GROUP_JOIN, FETCH, HEARTBEAT, CRASH, REBALANCING } = consumer.events;
  consumer.on(GROUP_JOIN, ({ payload: { groupId, memberAssignment } }) => {
    health.joined();
    logger.info({ groupId, partitions: memberAssignment }, 'joined the consumer group');
  });
  consumer.on(FETCH, health.answered);
  consumer.on(HEARTBEAT, health.answered);
  consumer.on(REBALANCING, () => health.left('its consumer group is rebalancing'));
  consumer.on(CRASH, ({ payload }) => {
    health.left(`disconnected: ${classifyError(payload.error).reason}`);
    if (!payload.restart) onFatal(payload.error);
  });
}
