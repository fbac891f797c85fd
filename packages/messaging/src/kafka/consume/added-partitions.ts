import type { Consumer } from 'kafkajs';
import type { Logger } from '../../port.js';
import type { TopicSpec } from '../topics/ensure-topics.js';

/**
 * Warns once when partitions are added to a topic while the consumer runs. The member that owns an
 * added partition warns, so the group needs no additional request. Partitions that were added
 * before the start are reported when the topics are checked.
 */
export function warnOfAddedPartitions(
  consumer: Consumer,
  topics: readonly TopicSpec[],
  logger: Logger,
): void {
  const reported = new Set<string>();
  let hasJoined = false;
  consumer.on(consumer.events.GROUP_JOIN, ({ payload: { memberAssignment } }) => {
    for (const { topic, partitions: configured } of topics) {
      const added = (memberAssignment[topic] ?? []).filter((partition) => partition >= configured);
      if (!hasJoined || added.length === 0 || reported.has(topic)) continue;
      reported.add(topic);
      logger.warn(
        { topic, configured, added },
        'topic has more partitions than configured: keys may have moved, and the order of a key is not ' +
          'guaranteed across the change',
      );
    }
    hasJoined = true;
  });
}
