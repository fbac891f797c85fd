import type { OutageLog } from '@lmt/resilience';
import type { EachBatchPayload } from 'kafkajs';
import type { MessageHandler } from '../port.js';
import type { DeadLetterQueue } from './dead-letter-queue.js';
import { toInboundMessage } from './inbound-message.js';
import type { Liveness } from './liveness.js';

const heartbeatEveryMs = 1000;

/** The group goes on without this member unless it joins again. */
const lostMembership = new Set(['REBALANCE_IN_PROGRESS', 'UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION']);

export interface BatchProcessing {
  readonly handler: MessageHandler;
  readonly deadLetters: DeadLetterQueue;
  readonly liveness: Liveness;
  readonly failures: OutageLog;
}

/**
 * Hands a batch to the handler, parks its dead letters, and commits its last offset. Whatever fails
 * before that leaves the offset where it was: the batch comes again, as it does after a crash at any
 * line. Heartbeats go on all the while, so that a handler that waits for its database keeps its
 * partitions.
 *
 * @throws kafkajs' own error where the group has to be joined again or an offset could not be committed;
 * else BatchFailed
 */
export async function processBatch(
  payload: EachBatchPayload,
  { handler, deadLetters, liveness, failures }: BatchProcessing,
): Promise<void> {
  const { batch, heartbeat, resolveOffset, commitOffsetsIfNecessary, isRunning, isStale } = payload;
  if (!isRunning() || isStale()) return;
  const { topic, partition } = batch;
  let lostGroup: unknown = null;
  const beat = setInterval(() => {
    // A rebalance must reach the runner, also while batches fail: others wait for this member.
    heartbeat().then(
      () => {
        lostGroup = null;
      },
      (error: { readonly type?: string }) => {
        lostGroup = lostMembership.has(error.type ?? '') ? error : null;
      },
    );
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
        const found = records.get(message.position);
        if (found === undefined) throw new Error(`${message.position} is none of this batch`);
        return [{ topic, partition, record: found.record, reason }];
      }),
    );
  } catch (error) {
    const position = `${topic}/${partition}@${batch.firstOffset()}`;
    liveness.failed(`${topic}/${partition}`);
    failures.report(error instanceof Error ? error.message : String(error), { position, err: error });
    throw lostGroup ?? new BatchFailed(position, error);
  } finally {
    clearInterval(beat);
  }
  liveness.succeeded(`${topic}/${partition}`);
  failures.report(null);
  // Here, since the runner's own commit, should it fail, is not repeated before the next batch.
  const offset = String(BigInt(batch.lastOffset()) + 1n);
  await commitOffsetsIfNecessary({ topics: [{ topic, partitions: [{ partition, offset }] }] });
  resolveOffset(batch.lastOffset());
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
