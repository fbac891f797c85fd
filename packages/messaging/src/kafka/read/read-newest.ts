import { randomUUID } from 'node:crypto';
import { withTimeout } from '@lmt/resilience';
import type { Admin, Consumer, Kafka, KafkaMessage } from 'kafkajs';
import type { Logger } from '../../port.js';
import { classifyError } from '../classify-error.js';
import { createKafkaClient } from '../client.js';
import { registerCodecs } from '../consume/codecs/register-codecs.js';
import type { KafkaSecurity } from '../security.js';
import { findPartitions } from '../topics/ensure-topics.js';

export interface ReadNewestOptions<T> {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly security?: KafkaSecurity | undefined;
  /** Beginning of the name of each read's consumer group. */
  readonly groupPrefix: string;
  readonly topic: string;
  /** Converts a record at once, so that the read does not hold all records in full. */
  readonly convert: (partition: number, record: KafkaMessage) => T;
  /** Limit of the whole read. */
  readonly timeoutMs: number;
  readonly logger: Pick<Logger, 'debug'>;
}

export interface NewestRecords<T> {
  /** The first and last offset of each partition. */
  readonly offsets: string;
  /** Number of records in the topic. 0 if the topic does not exist. */
  readonly total: number;
  /** Newest first. */
  readonly records: readonly T[];
}

/** The topic cannot be read now. A later attempt may succeed. */
export class UnreadableTopicError extends Error {
  override readonly name = 'UnreadableTopicError';
}

/** Offsets of the records to read. The last one is exclusive. */
type Ranges = ReadonlyMap<number, { readonly from: bigint; readonly to: bigint }>;

// Longer than a read, so that the coordinator does not remove the member meanwhile.
const SESSION_MS = 10_000;
const CLEANUP_MS = 5_000;

/**
 * Reads the newest `limit` records of a topic without an effect on its consumers. Returns `earlier`
 * if the topic has the same offsets as then.
 *
 * kafkajs reads only as a member of a consumer group. The group of a read commits no offset. It is
 * deleted in the background after the read, also after a failed one. If the process or the broker
 * dies before, the broker deletes the empty group at its next clean-up.
 *
 * @throws UnreadableTopicError
 */
export async function readNewest<T>(
  options: ReadNewestOptions<T>,
  limit: number,
  earlier: NewestRecords<T> | null = null,
): Promise<NewestRecords<T>> {
  const { brokers, clientId, security, topic, timeoutMs, logger } = options;
  const client = createKafkaClient({ brokers, clientId, security, requestTimeoutMs: timeoutMs, logger });
  const admin = client.kafka.admin();
  const groupId = `${options.groupPrefix}-${randomUUID()}`;
  let consumer: Consumer | null = null;

  async function read(): Promise<NewestRecords<T>> {
    await admin.connect();
    const { offsets, total, ranges } = await findNewest(admin, topic, limit);
    if (offsets === earlier?.offsets) return earlier;
    if (total === 0) return { offsets, total, records: [] };
    consumer = joinableConsumer(client.kafka, groupId);
    return { offsets, total, records: (await consume(consumer, options, ranges)).slice(0, limit) };
  }

  async function cleanUp(): Promise<void> {
    try {
      if (consumer === null) return;
      await withTimeout(consumer.disconnect(), CLEANUP_MS);
      await withTimeout(admin.deleteGroups([groupId]), CLEANUP_MS);
    } catch (err) {
      logger.debug({ err, groupId }, 'the consumer group of a read was not deleted');
    } finally {
      client.destroy();
    }
  }

  try {
    return await withTimeout(read(), timeoutMs);
  } catch (error) {
    const { reason } = classifyError(error);
    throw new UnreadableTopicError(`Kafka (${brokers.join(', ')}): ${topic} cannot be read: ${reason}`);
  } finally {
    void cleanUp();
  }
}

/** Finds the offsets of the newest `limit` records of each partition. */
async function findNewest(admin: Admin, topic: string, limit: number) {
  const partitions = await findPartitions(admin, topic);
  if (partitions.length === 0) return { offsets: '', total: 0, ranges: new Map() };
  const found = await admin.fetchTopicOffsets(topic);
  // The patched kafkajs leaves out partitions without a leader.
  if (found.length < partitions.length) throw new Error('a partition of the topic has no leader');
  const ends = found
    .map(({ partition, low, high }) => ({ partition, low: BigInt(low), high: BigInt(high) }))
    .sort((one, other) => one.partition - other.partition);
  const ranges: Ranges = new Map(
    ends
      .filter(({ low, high }) => low < high)
      .map(({ partition, low, high }) => {
        const from = high - BigInt(limit);
        return [partition, { from: from > low ? from : low, to: high }];
      }),
  );
  return {
    offsets: ends.map(({ partition, low, high }) => `${partition}:${low}-${high}`).join(' '),
    total: ends.reduce((sum, { low, high }) => sum + Number(high - low), 0),
    ranges,
  };
}

function joinableConsumer(kafka: Kafka, groupId: string): Consumer {
  registerCodecs();
  return kafka.consumer({
    groupId,
    allowAutoTopicCreation: false,
    sessionTimeout: SESSION_MS,
    minBytes: 1,
    // The consumer leaves its group after the request in flight.
    maxWaitTimeInMs: 100,
    // The first group of a new broker waits until its topic of offsets has leaders. The retries last
    // longer than a read. After them a read fails; the default is a restart.
    retry: {
      retries: 20,
      initialRetryTime: 50,
      maxRetryTime: 500,
      restartOnFailure: async () => false,
    },
  });
}

/** Reads the ranges and returns the converted records, newest first. */
async function consume<T>(
  consumer: Consumer,
  { topic, convert }: ReadNewestOptions<T>,
  ranges: Ranges,
): Promise<T[]> {
  const { CRASH, GROUP_JOIN, END_BATCH_PROCESS } = consumer.events;
  const open = new Set(ranges.keys());
  // By partition and offset, because a rebalance repeats records.
  const found = new Map<string, { readonly time: number; readonly offset: bigint; readonly item: T }>();

  await new Promise<void>((resolve, reject) => {
    consumer.on(CRASH, ({ payload }) => reject(payload.error));
    consumer.on(GROUP_JOIN, () => {
      for (const [partition, { from }] of ranges) consumer.seek({ topic, partition, offset: String(from) });
    });
    // Unlike eachBatch, this event also reports batches whose records kafkajs leaves out, such as
    // the markers of transactions.
    consumer.on(END_BATCH_PROCESS, ({ payload: { partition, lastOffset } }) => {
      if (BigInt(lastOffset) + 1n >= (ranges.get(partition)?.to ?? 0n)) open.delete(partition);
      if (open.size === 0) resolve();
    });
    async function start(): Promise<void> {
      await consumer.connect();
      await consumer.subscribe({ topic, fromBeginning: true });
      await consumer.run({
        autoCommit: false,
        eachBatch: async ({ batch: { partition, messages } }) => {
          for (const record of messages) {
            const offset = BigInt(record.offset);
            const range = ranges.get(partition);
            if (range === undefined || offset < range.from || offset >= range.to) continue;
            const item = convert(partition, record);
            found.set(`${partition}@${offset}`, { time: Number(record.timestamp), offset, item });
          }
        },
      });
    }
    start().catch(reject);
  });

  return [...found.values()]
    .sort((one, other) => other.time - one.time || Number(other.offset - one.offset))
    .map(({ item }) => item);
}
