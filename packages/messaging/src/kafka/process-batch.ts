import type { EachBatchPayload } from 'kafkajs';
import type { OutageLog } from '../outage-log.js';
import type { MessageHandler } from '../port.js';
import type { DeadLetterQueue } from './dead-letter-queue.js';
import { toInboundMessage } from './inbound-message.js';

const heartbeatEveryMs = 1000;

/**
 * Hands a batch to the handler, parks its dead letters, and resolves its last offset, which the
 * runner then commits. Whatever fails before that leaves the offset where it was: the batch comes
 * again, as it does after a crash at any line. Heartbeats go on all the while, so that a handler
 * that waits for its database keeps its partitions.
 */
export async function processBatch(
  { batch, heartbeat, resolveOffset, isRunning, isStale }: EachBatchPayload,
  handler: MessageHandler,
  deadLetters: DeadLetterQueue,
  failures: OutageLog,
): Promise<void> {
  if (!isRunning() || isStale()) return;
  const { topic, partition } = batch;
  const beat = setInterval(() => {
    // A rebalance or an outage shows itself to the runner again, once the batch is done.
    heartbeat().catch(() => undefined);
  }, heartbeatEveryMs);
  try {
    const records = new Map(
      batch.messages.map((record) => {
        const message = toInboundMessage(topic, partition, record);
        return [message.position, { record, message }];
      }),
    );
    const dead = await handler([...records.values()].map(({ message }) => message));
    await deadLetters.park(
      dead.flatMap(({ message, reason }) => {
        // A handler that merges batches may name those of the others too, which park them themselves.
        const found = records.get(message.position);
        return found === undefined ? [] : [{ topic, partition, record: found.record, reason }];
      }),
    );
    resolveOffset(batch.lastOffset());
    failures.note(null);
  } catch (error) {
    const position = `${topic}/${partition}@${batch.firstOffset()}`;
    failures.note(error instanceof Error ? error.message : String(error), { position, err: error });
    throw new BatchFailed(position, error);
  } finally {
    clearInterval(beat);
  }
}

/**
 * kafkajs retries this. A TypeError or a SyntaxError it would not: the consumer would end while
 * its process lives on.
 */
class BatchFailed extends Error {
  readonly retriable = true;

  constructor(position: string, error: unknown) {
    super(`batch at ${position} failed, comes again: ${error instanceof Error ? error.message : error}`);
    // Not `cause`: kafkajs judges by the innermost cause whether to go on.
    Object.defineProperty(this, 'failure', { value: error, enumerable: false });
  }
}
