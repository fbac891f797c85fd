import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin, Kafka } from 'kafkajs';
import { withDeadline } from '../deadline.js';
import type { Logger } from '../logger.js';
import { classifyError } from './classify-error.js';

/** A topic as this application needs it. */
export interface TopicSpec {
  readonly topic: string;
  readonly partitions: number;
  readonly configEntries?: readonly { readonly name: string; readonly value: string }[];
}

/**
 * Resolves when every topic exists and every partition has a leader. Creates only what is missing,
 * so it needs no right to create where an operator made the topics; any number of processes may
 * call it at once. A topic of another number of partitions stays as it is: changing it would move
 * keys between partitions and break their order.
 */
export async function ensureTopics(
  kafka: Kafka,
  topics: readonly TopicSpec[],
  timeoutMs: number,
  logger: Logger,
): Promise<void> {
  const admin = kafka.admin();
  const giveUp = new AbortController();
  const work = async () => {
    await admin.connect();
    if (await allExist(admin, topics, logger)) return;
    do {
      await create(admin, topics, logger);
      await sleep(50, undefined, { signal: giveUp.signal });
    } while (!((await allExist(admin, topics, logger)) && (await allServed(admin, topics))));
  };
  try {
    await withDeadline(work(), timeoutMs);
  } finally {
    giveUp.abort();
    void admin.disconnect().catch(() => undefined);
  }
}

async function allExist(admin: Admin, specs: readonly TopicSpec[], logger: Logger): Promise<boolean> {
  return unlessStale(async () => {
    const { topics } = await admin.fetchTopicMetadata({ topics: specs.map(({ topic }) => topic) });
    for (const { topic, partitions } of specs) {
      const found = topics.find(({ name }) => name === topic)?.partitions ?? [];
      if (found.length === 0 || found.some(({ leader }) => leader < 0)) return false;
      if (found.length !== partitions) {
        logger.warn({ topic, partitions: found.length, wanted: partitions }, 'topic has other partitions');
      }
    }
    return true;
  });
}

/** A new partition has a leader some time before that broker knows of it. */
async function allServed(admin: Admin, specs: readonly TopicSpec[]): Promise<boolean> {
  return unlessStale(async () => {
    for (const { topic } of specs) await admin.fetchTopicOffsets(topic);
    return true;
  });
}

async function unlessStale(question: () => Promise<boolean>): Promise<boolean> {
  try {
    return await question();
  } catch (error) {
    if (classifyError(error).kind === 'stale') return false;
    throw error;
  }
}

/** Creating what exists already is no error; a leader that isn't elected yet is waited for. */
async function create(admin: Admin, topics: readonly TopicSpec[], logger: Logger): Promise<void> {
  try {
    const created = await admin.createTopics({
      waitForLeaders: false,
      topics: topics.map(({ topic, partitions, configEntries }) => ({
        topic,
        numPartitions: partitions,
        replicationFactor: -1,
        configEntries: configEntries?.map((entry) => ({ ...entry })) ?? [],
      })),
    });
    if (created) logger.info({ topics: topics.map(({ topic }) => topic) }, 'topics created');
  } catch (error) {
    if (classifyError(error).kind !== 'stale') throw error;
  }
}
