import type { Consumer } from 'kafkajs';
import { withDeadline } from '../deadline.js';
import type { Logger } from '../logger.js';

/** Committing and leaving take no longer where the broker answers. */
const leaveMs = 2000;

/**
 * Stops fetching, finishes the batches in hand, commits them and leaves the group. What is not done
 * in time is given up: its offset is not committed, and another member gets it again.
 */
export async function leaveGroup(
  consumer: Consumer,
  inHand: ReadonlySet<Promise<void>>,
  ms: number,
  logger: Logger,
): Promise<void> {
  const left = consumer.disconnect();
  left.catch(() => undefined);
  try {
    await withDeadline(Promise.allSettled(inHand), ms);
    await withDeadline(left, leaveMs);
  } catch (error) {
    logger.warn(
      { err: error, batches: inHand.size },
      'left Kafka without its answer; what was in hand comes again',
    );
  }
}
