import type { Consumer } from 'kafkajs';
import type { Logger } from '../logger.js';
import { classifyError } from './classify-error.js';
import type { Liveness } from './liveness.js';

/**
 * Turns kafkajs' events into liveness. A crash that kafkajs does not restart from is the end of
 * the consumer, while the process would live on: `fatal` has to end that too.
 */
export function followConsumer(
  consumer: Consumer,
  liveness: Liveness,
  logger: Logger,
  fatal: (error: Error) => void,
): void {
  const { GROUP_JOIN, FETCH, HEARTBEAT, CRASH, REBALANCING } = consumer.events;
  consumer.on(GROUP_JOIN, ({ payload: { groupId, memberAssignment } }) => {
    liveness.joined();
    logger.info({ groupId, partitions: memberAssignment }, 'joined its consumer group');
  });
  consumer.on(FETCH, () => liveness.answered());
  consumer.on(HEARTBEAT, () => liveness.answered());
  consumer.on(REBALANCING, () => liveness.left('its consumer group rebalances'));
  consumer.on(CRASH, ({ payload }) => {
    liveness.left(`disconnected: ${classifyError(payload.error).reason}`);
    if (!payload.restart) fatal(payload.error);
  });
}
