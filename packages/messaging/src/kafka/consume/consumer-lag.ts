import { withTimeout } from '@lmt/resilience';
import { classifyError } from '../classify-error.js';
import { createKafkaClient, type KafkaClient, type KafkaClientOptions } from '../client.js';

/** Records after the committed offset, by partition. */
export type ConsumerLag = ReadonlyMap<number, number>;

export interface LagReaderOptions extends KafkaClientOptions {
  readonly groupId: string;
  readonly topic: string;
  /** Limit of one read. */
  readonly timeoutMs: number;
}

interface Committed {
  readonly partition: number;
  /** -1 if the group has committed no offset. */
  readonly offset: string;
}

interface Ends {
  readonly partition: number;
  readonly low: string;
  readonly high: string;
}

/** Counts unconsumed records of the group. A group without an offset starts at the oldest record. */
export function computeLag(committed: readonly Committed[], ends: readonly Ends[]): ConsumerLag {
  const offsets = new Map(committed.map(({ partition, offset }) => [partition, BigInt(offset)]));
  return new Map(
    ends.map(({ partition, low, high }) => {
      const offset = offsets.get(partition) ?? -1n;
      // Records before `low` are deleted. The group may have committed after `high` was read.
      const lag = BigInt(high) - (offset < BigInt(low) ? BigInt(low) : offset);
      return [partition, lag > 0n ? Number(lag) : 0];
    }),
  );
}

/**
 * Reads the lag of the whole group, including partitions of other members, on a connection of its
 * own. The connection opens at the first read, and a failed read closes it.
 */
export function createLagReader(options: LagReaderOptions) {
  const { groupId, topic, timeoutMs, logger } = options;
  let connecting: Promise<ReturnType<KafkaClient['kafka']['admin']>> | null = null;
  let client: KafkaClient | null = null;
  let reading: Promise<ConsumerLag | null> | null = null;
  let closed = false;

  async function connect() {
    client = createKafkaClient(options);
    const admin = client.kafka.admin();
    await admin.connect();
    return admin;
  }

  function disconnect(): void {
    client?.destroy();
    client = null;
    connecting = null;
  }

  async function query(): Promise<ConsumerLag> {
    connecting ??= connect();
    const admin = await connecting;
    const [[committed], ends] = await Promise.all([
      admin.fetchOffsets({ groupId, topics: [topic] }),
      admin.fetchTopicOffsets(topic),
    ]);
    return computeLag(committed?.partitions ?? [], ends);
  }

  async function read(): Promise<ConsumerLag | null> {
    try {
      return await withTimeout(query(), timeoutMs);
    } catch (error) {
      logger?.debug({ topic, groupId, reason: classifyError(error).reason }, 'cannot read the consumer lag');
      disconnect();
      return null;
    }
  }

  return {
    /** Resolves to null if Kafka does not answer in time. Concurrent calls share a read. */
    async read(): Promise<ConsumerLag | null> {
      if (closed) return null;
      reading ??= read().finally(() => {
        reading = null;
      });
      return reading;
    },
    close(): void {
      closed = true;
      disconnect();
    },
  };
}
