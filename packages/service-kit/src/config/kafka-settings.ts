import { z } from 'zod';
import { addresses, expected } from './setting.js';

// Kafka allows 249 of these characters in a topic name, and this project's names follow the prefix.
const PREFIX = /^[\w.-]{0,200}$/;
const MAX_GROUP_LENGTH = 249;

function count(description: string, max: number) {
  const error = expected(`${description} from 1 to ${max}. Default: the broker's`);
  return z
    .string()
    .regex(/^\d{1,5}$/, error)
    .transform(Number)
    .refine((value) => value >= 1 && value <= max, error)
    .optional();
}

/** Settings of the Kafka brokers, topic names and replicas. */
export const kafkaSettings = {
  KAFKA_BROKERS: addresses(['127.0.0.1:9092']),
  /** Precedes every topic name, so that several systems can share one Kafka. */
  KAFKA_TOPIC_PREFIX: z
    .string()
    .regex(PREFIX, expected('at most 200 letters, digits, dots, underscores and hyphens'))
    .default(''),
  KAFKA_REPLICATION_FACTOR: count('a number of replicas', 32_767),
  KAFKA_MIN_INSYNC_REPLICAS: count('a number of replicas', 32_767),
};

/** The consumer group. Each system on a shared Kafka needs its own group. */
export const kafkaGroup = (fallback: string) =>
  z
    .string()
    .max(MAX_GROUP_LENGTH, expected(`at most ${MAX_GROUP_LENGTH} characters. Default: ${fallback}`))
    .default(fallback);

/** A zod check. A topic with fewer replicas than `min.insync.replicas` accepts no messages. */
export const enoughReplicas = z.refine<{
  readonly KAFKA_REPLICATION_FACTOR?: number | undefined;
  readonly KAFKA_MIN_INSYNC_REPLICAS?: number | undefined;
}>(
  (settings) =>
    !(Number(settings.KAFKA_MIN_INSYNC_REPLICAS) > Number(settings.KAFKA_REPLICATION_FACTOR ?? Number.NaN)),
  {
    path: ['KAFKA_MIN_INSYNC_REPLICAS'],
    error: 'expected at most KAFKA_REPLICATION_FACTOR, or Kafka stores no message',
    when: () => true,
  },
);
