import { withTimeout } from '@lmt/resilience';
import type { Consumer } from 'kafkajs';
import type { Logger } from '../../port.js';

/** More than committing and leaving take while the broker answers. */
const LEAVE_MS = 2_000;

/**
 * Stops fetching, finishes the batches in flight, commits them and leaves the group. The offset of
 * a batch that is not finished in time is not committed, so another member receives the batch.
 */
export async function leaveGroup(
  consumer: Consumer,
  inFlight: ReadonlySet<Promise<void>>,
  ms: number,
  logger: Logger,
): Promise<void> {
  const left = consumer.disconnect();
  left.catch(() => undefined);
  try {
    await withTimeout(Promise.allSettled(inFlight), ms);
    await withTimeout(left, LEAVE_MS);
  } catch (error) {
    logger.warn(
      { err: error, batches: inFlight.size },
      'left Kafka without an answer; batches in flight are redelivered',
    );
  }
}
