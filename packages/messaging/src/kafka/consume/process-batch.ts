import type { OutageLog } from '@lmt/resilience';
import type { EachBatchPayload, KafkaMessage } from 'kafkajs';
import { readEventHeaders } from '../../cloud-event.js';
import type { InboundMessage, MessageHandler } from '../../port.js';
import type { ConsumerHealth } from './consumer-health.js';
import type { DeadRecord } from './dead-letter-queue.js';
import type { HeldRecords } from './held-records.js';

const HEARTBEAT_MS = 1_000;

/** With these errors the broker reports that this member must rejoin the group. */
const LOST_MEMBERSHIP = new Set(['REBALANCE_IN_PROGRESS', 'UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION']);

/** A record of kafkajs, or the patch's replacement for a batch that cannot be decoded. */
type FetchedRecord = KafkaMessage & { readonly decodeError?: string };

export interface BatchProcessing {
  readonly handler: MessageHandler;
  readonly held: HeldRecords;
  readonly health: ConsumerHealth;
  readonly failures: OutageLog;
}

/**
 * Passes a batch to the handler, hands over its dead letters and has its last offset committed. If
 * anything fails or the process crashes before the commit, Kafka redelivers the batch. Heartbeats
 * continue during the handler, so a consumer that waits for the database keeps its partitions.
 *
 * @throws kafkajs' own error if the member must rejoin; otherwise BatchFailed
 */
export async function processBatch(
  payload: EachBatchPayload,
  { handler, held, health, failures }: BatchProcessing,
): Promise<void> {
  const { batch, heartbeat, resolveOffset, commitOffsetsIfNecessary, isRunning, isStale } = payload;
  if (!isRunning() || isStale()) return;
  const { topic, partition } = batch;
  let membershipError: unknown = null;
  const beat = setInterval(() => {
    // Pass a rebalance on to the runner even while batches fail, because other members wait for it.
    heartbeat().then(
      () => {
        membershipError = null;
      },
      (error: { readonly type?: string }) => {
        membershipError = LOST_MEMBERSHIP.has(error.type ?? '') ? error : null;
      },
    );
  }, HEARTBEAT_MS);

  async function handleBatch(): Promise<void> {
    const records = new Map(
      batch.messages.map((record: FetchedRecord) => {
        const message = toInboundMessage(topic, partition, record);
        return [message.position, { record, message }];
      }),
    );
    const reasons = new Map<string, string>();
    for (const { message, reason } of await handler([...records.values()].map(({ message }) => message))) {
      reasons.set(message.position, reason);
    }
    for (const [position, { record }] of records) {
      if (record.decodeError !== undefined) reasons.set(position, `cannot be decoded: ${record.decodeError}`);
    }
    await held.hold(
      Array.from(reasons, ([position, reason]): DeadRecord => {
        const found = records.get(position);
        if (found === undefined) throw new Error(`${position} is not in this batch`);
        return { topic, partition, record: found.record, reason };
      }),
    );
  }

  try {
    await health.trackBatch(`${topic}/${partition}`, handleBatch);
  } catch (error) {
    const position = `${topic}/${partition}@${batch.firstOffset()}`;
    failures.report(error instanceof Error ? error.message : String(error), { position, err: error });
    throw membershipError ?? new BatchFailed(position, error);
  } finally {
    clearInterval(beat);
  }
  failures.report(null);
  // After a rebalance the batch is stale, and the group redelivers it.
  if (isStale()) return;
  await held.advance(`${topic}/${partition}`, BigInt(batch.lastOffset()) + 1n, (offset) =>
    commitOffsetsIfNecessary({ topics: [{ topic, partitions: [{ partition, offset }] }] }),
  );
  // If a stale batch resolved its offset, the new assignment would skip forgotten held records.
  if (!isStale()) resolveOffset(batch.lastOffset());
}

/** Never throws, whatever a foreign producer wrote. */
function toInboundMessage(topic: string, partition: number, record: KafkaMessage): InboundMessage {
  return {
    key: record.key === null ? null : record.key.toString('utf8'),
    body: record.value === null ? '' : record.value.toString('utf8'),
    position: `${topic}/${partition}@${record.offset}`,
    ...readEventHeaders(record.headers),
  };
}

/**
 * An error that kafkajs retries. After a TypeError or a SyntaxError, kafkajs would end the consumer
 * while the process keeps running.
 */
class BatchFailed extends Error {
  readonly retriable = true;

  constructor(position: string, error: unknown) {
    super(
      `batch at ${position} failed and is redelivered: ${error instanceof Error ? error.message : error}`,
    );
    // Do not set `cause`, because kafkajs decides by the innermost cause whether to retry.
    Object.defineProperty(this, 'failure', { value: error, enumerable: false });
  }
}
