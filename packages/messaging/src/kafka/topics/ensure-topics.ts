import { setTimeout as sleep } from 'node:timers/promises';
import { withTimeout } from '@lmt/resilience';
import type { Admin, Kafka } from 'kafkajs';
import type { Logger } from '../../port.js';
import { classifyError } from '../classify-error.js';
import { createKafkaClient } from '../client.js';

/** Name, partitions and settings of a topic. */
export interface TopicSpec {
  readonly topic: string;
  readonly partitions: number;
  readonly configEntries?: readonly { readonly name: string; readonly value: string }[];
}

export interface TopicOptions {
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** Topics to create if they are missing. */
  readonly topics: readonly TopicSpec[];
  /** Time limit of a call, including the connect. */
  readonly timeoutMs: number;
  readonly logger: Logger;
}

/** Runs `ensureTopics` on a connection of its own, because the caller's may be broken. */
export async function probeTopics(options: TopicOptions): Promise<void> {
  const { brokers, clientId, timeoutMs, logger } = options;
  const client = createKafkaClient({ brokers, clientId, requestTimeoutMs: timeoutMs, logger });
  try {
    await ensureTopics(client.kafka, options);
  } finally {
    client.destroy();
  }
}

/**
 * Resolves when every topic exists and every partition has a leader. Creates only missing topics,
 * so it needs no create permission if an operator has created all topics. Several processes may
 * call it at once. The number of partitions of an existing topic is never changed, because that
 * would move keys between partitions and break their order.
 */
export async function ensureTopics(
  kafka: Kafka,
  { topics, timeoutMs, logger }: Pick<TopicOptions, 'topics' | 'timeoutMs' | 'logger'>,
): Promise<void> {
  const admin = kafka.admin();
  const cancel = new AbortController();
  const work = async () => {
    await admin.connect();
    if (await allExist(admin, topics, logger)) return;
    do {
      await create(admin, topics, logger);
      await sleep(50, undefined, { signal: cancel.signal });
    } while (!((await allExist(admin, topics, logger)) && (await allServed(admin, topics))));
  };
  try {
    await withTimeout(work(), timeoutMs);
  } finally {
    cancel.abort();
    void admin.disconnect().catch(() => undefined);
  }
}

async function allExist(admin: Admin, specs: readonly TopicSpec[], logger: Logger): Promise<boolean> {
  return falseIfStale(async () => {
    const { topics } = await admin.fetchTopicMetadata({ topics: specs.map(({ topic }) => topic) });
    for (const { topic, partitions } of specs) {
      const found = topics.find(({ name }) => name === topic)?.partitions ?? [];
      if (found.length === 0 || found.some(({ leader }) => leader < 0)) return false;
      if (found.length !== partitions) {
        const details = { topic, partitions: found.length, wanted: partitions };
        logger.warn(details, 'topic has another number of partitions');
      }
    }
    return true;
  });
}

/**
 * Returns whether every leader already serves its partitions. After an election, a broker may learn
 * late that it leads a new partition.
 */
async function allServed(admin: Admin, specs: readonly TopicSpec[]): Promise<boolean> {
  return falseIfStale(async () => {
    for (const { topic } of specs) await admin.fetchTopicOffsets(topic);
    return true;
  });
}

async function falseIfStale(check: () => Promise<boolean>): Promise<boolean> {
  try {
    return await check();
  } catch (error) {
    if (classifyError(error).kind === 'stale') return false;
    throw error;
  }
}

/** Creates the missing topics. The caller waits for the leader elections. */
async function create(admin: Admin, specs: readonly TopicSpec[], logger: Logger): Promise<void> {
  const topics = specs.map(({ topic, partitions, configEntries = [] }) => ({
    topic,
    numPartitions: partitions,
    replicationFactor: -1,
    configEntries: configEntries.map((entry) => ({ ...entry })),
  }));
  const created = await falseIfStale(() => admin.createTopics({ waitForLeaders: false, topics }));
  if (created) logger.info({ topics: specs.map(({ topic }) => topic) }, 'topics created');
}
