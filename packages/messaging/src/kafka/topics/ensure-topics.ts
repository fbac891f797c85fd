import { setTimeout as sleep } from 'node:timers/promises';
import { withTimeout } from '@lmt/resilience';
import kafkajs, { type Admin, type ITopicMetadata, type Kafka } from 'kafkajs';
import { classifyError } from '../classify-error.js';
import { createKafkaClient } from '../client.js';
import { checkTopic } from './check-topic.js';
import { type TopicLog, topicLogFor } from './topic-log.js';
import {
  MIN_ISR,
  REQUIRED_CONFIG,
  type TopicOptions,
  type TopicSpec,
  toConfigEntries,
} from './topic-spec.js';

export type { TopicOptions, TopicSpec } from './topic-spec.js';

/** The partitions of each topic that exists. */
export type TopicLayout = ReadonlyMap<string, Partitions>;
type Partitions = ITopicMetadata['partitions'];

// How long to wait for the leaders of a topic. An election takes milliseconds. For a new topic on a
// busy machine it takes longer.
const ELECTION_MS = 1_000;
const FIRST_ELECTION_MS = 5_000;
const POLL_MS = 50;
const ATTEMPTS = 5;

/** Adds the topic, which the broker's error does not name. */
class TopicError extends Error {
  readonly topic: string;

  constructor(topic: string, cause: unknown) {
    super(`topic ${topic}`, { cause });
    this.topic = topic;
  }
}

/** Runs `ensureTopics` on a connection of its own, because the caller's may be broken. */
export async function probeTopics(options: TopicOptions): Promise<TopicLayout> {
  const { brokers, clientId, security, timeoutMs, logger } = options;
  const client = createKafkaClient({ brokers, clientId, security, requestTimeoutMs: timeoutMs, logger });
  try {
    return await ensureTopics(client.kafka, options);
  } finally {
    client.destroy();
  }
}

/**
 * Creates the missing topics. Needs no create permission if an operator has created all of them.
 * Several processes may call this at once. A partition without a leader, or an optional topic that
 * cannot be created, is only logged, because the other topics work. The number of partitions of an
 * existing topic never changes, because that would move keys between partitions and break their
 * order.
 *
 * @throws if a required topic, or every topic, is missing and cannot be created
 */
export async function ensureTopics(
  kafka: Kafka,
  { brokers, topics, timeoutMs, logger }: Pick<TopicOptions, 'brokers' | 'topics' | 'timeoutMs' | 'logger'>,
): Promise<TopicLayout> {
  const admin = kafka.admin();
  const cancel = new AbortController();
  const log = topicLogFor(logger);
  const work = async () => {
    await admin.connect();
    return Promise.allSettled(topics.map((spec) => ensureTopic(admin, spec, cancel.signal, log)));
  };
  try {
    const results = await withTimeout(work(), timeoutMs);
    const layout = new Map<string, Partitions>();
    const errors: TopicError[] = [];
    for (const [index, result] of results.entries()) {
      const spec = topics[index];
      if (spec === undefined) continue;
      const { topic } = spec;
      if (result.status === 'fulfilled') {
        layout.set(topic, result.value);
        log.resolved(`missing ${topic}`);
        reportPartitions(spec, result.value, log);
        continue;
      }
      const error = new TopicError(topic, result.reason);
      if (!spec.optional) throw error;
      errors.push(error);
    }
    if (layout.size === 0 && errors.length > 0) throw errors[0];
    for (const { topic, cause } of errors) {
      const { reason } = classifyError(cause);
      log.warnOnce(`missing ${topic}`, { topic, reason }, 'topic cannot be used; other topics work');
    }
    await withTimeout(reportSettings(admin, topics, layout, brokers.join(','), log), timeoutMs);
    return layout;
  } finally {
    cancel.abort();
    void admin.disconnect().catch(() => undefined);
  }
}

/** Returns the topic's partitions, after creating it if it is missing. */
async function ensureTopic(
  admin: Admin,
  spec: TopicSpec,
  signal: AbortSignal,
  log: TopicLog,
): Promise<Partitions> {
  let partitions = await findPartitions(admin, spec.topic);
  let isNew = false;
  while (partitions.length === 0) {
    isNew = (await create(admin, spec, log)) || isNew;
    await sleep(POLL_MS, undefined, { signal });
    partitions = await findPartitions(admin, spec.topic);
  }
  const deadline = performance.now() + (isNew ? FIRST_ELECTION_MS : ELECTION_MS);
  const isServed = async () =>
    partitions.every(({ leader }) => leader >= 0) && (!isNew || (await answersOffsets(admin, spec.topic)));
  while (!(await isServed()) && performance.now() < deadline) {
    await sleep(POLL_MS, undefined, { signal });
    partitions = await findPartitions(admin, spec.topic);
  }
  return partitions;
}

/** Returns no partitions for a topic that does not exist. */
export async function findPartitions(admin: Admin, topic: string): Promise<Partitions> {
  return unlessStale([], async () => {
    const { topics } = await askAnyBroker(() => admin.fetchTopicMetadata({ topics: [topic] }));
    return topics.find(({ name }) => name === topic)?.partitions ?? [];
  });
}

/** kafkajs asks a random broker and fails if that broker is down. */
async function askAnyBroker<T>(ask: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ask();
    } catch (error) {
      if (attempt === ATTEMPTS || classifyError(error).kind !== 'unavailable') throw error;
    }
    await sleep(POLL_MS);
  }
}

/** After an election, a broker may learn late that it leads a new partition. */
async function answersOffsets(admin: Admin, topic: string): Promise<boolean> {
  return unlessStale(false, async () => {
    await admin.fetchTopicOffsets(topic);
    return true;
  });
}

async function unlessStale<T>(fallback: T, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (classifyError(error).kind === 'stale') return fallback;
    throw error;
  }
}

/** Returns false if another process has just created the topic. */
async function create(admin: Admin, spec: TopicSpec, log: TopicLog): Promise<boolean> {
  const { topic, partitions: numPartitions, replicationFactor = -1 } = spec;
  const definition = { topic, numPartitions, replicationFactor, configEntries: toConfigEntries(spec) };
  const created = await unlessStale(false, () =>
    admin.createTopics({ waitForLeaders: false, topics: [definition] }),
  );
  if (created) log.created(topic);
  return created;
}

/** Warns of partitions without a leader and of an unexpected number of partitions. */
export function reportPartitions(
  { topic, partitions: wanted }: TopicSpec,
  partitions: Partitions,
  log: TopicLog,
): void {
  const leaderless = partitions.filter(({ leader }) => leader < 0).map(({ partitionId }) => partitionId);
  if (leaderless.length > 0) {
    log.warnOnce(
      `leaderless ${topic}`,
      { topic, partitions: leaderless },
      'partitions have no leader: their messages wait until their broker is back',
    );
  } else log.resolved(`leaderless ${topic}`);
  if (partitions.length === wanted) return;
  log.warnOnce(
    `partitions ${topic} ${partitions.length}`,
    { topic, partitions: partitions.length, wanted },
    'topic has an unexpected number of partitions',
  );
}

/** Warns of settings of existing topics, once per process. They may be hidden from this login. */
async function reportSettings(
  admin: Admin,
  specs: readonly TopicSpec[],
  layout: TopicLayout,
  bootstrap: string,
  log: TopicLog,
): Promise<void> {
  for (const spec of specs) {
    const { topic } = spec;
    const partitions = layout.get(topic);
    if (partitions === undefined || !log.isFirst(`settings ${topic}`)) continue;
    const config = await readConfig(admin, topic).catch((err) => {
      log.debug({ err, topic }, 'the settings of the topic cannot be read');
      return {};
    });
    for (const { problem, command } of checkTopic(spec, { partitions, config }, bootstrap)) {
      log.warnOnce(`${topic} ${problem}`, { topic, problem, command }, 'topic settings');
    }
  }
}

async function readConfig(admin: Admin, topic: string): Promise<Record<string, string>> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [
      {
        type: kafkajs.ConfigResourceTypes.TOPIC,
        name: topic,
        configNames: [...Object.keys(REQUIRED_CONFIG), MIN_ISR],
      },
    ],
  });
  const entries = resources[0]?.configEntries ?? [];
  return Object.fromEntries(entries.map(({ configName, configValue }) => [configName, configValue]));
}
