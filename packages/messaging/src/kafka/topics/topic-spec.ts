import type { Logger } from '../../port.js';
import type { KafkaSecurity } from '../security.js';

/** Name, partitions and settings of a topic. */
export interface TopicSpec {
  readonly topic: string;
  readonly partitions: number;
  /**
   * Replicas of each partition of a new topic. Default: the broker's `default.replication.factor`.
   */
  readonly replicationFactor?: number | undefined;
  /** Default: the broker's `min.insync.replicas`. */
  readonly minInSyncReplicas?: number | undefined;
  /** Further settings of a new topic. They override those of `toConfigEntries`. */
  readonly configEntries?: readonly { readonly name: string; readonly value: string }[];
  /** True if the client works without this topic. */
  readonly optional?: boolean;
}

export interface TopicOptions {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly security?: KafkaSecurity | undefined;
  /** Topics to create if they are missing. */
  readonly topics: readonly TopicSpec[];
  /** Time limit of a call, including the connect. */
  readonly timeoutMs: number;
  readonly logger: Logger;
}

/**
 * Settings of every topic.
 * - `compression.type`: the broker decompresses every record, so each consumer can read records of
 *   foreign producers with any codec.
 * - `message.timestamp.type`: with the producer's time, Kafka would reject records of a producer
 *   whose clock is more than an hour ahead.
 */
export const REQUIRED_CONFIG = {
  'compression.type': 'uncompressed',
  'message.timestamp.type': 'LogAppendTime',
} as const;

export const MIN_ISR = 'min.insync.replicas';

/** The settings with which a topic is created. */
export function toConfigEntries({ minInSyncReplicas, configEntries = [] }: TopicSpec) {
  const entries: Record<string, string> = { ...REQUIRED_CONFIG };
  if (minInSyncReplicas !== undefined) entries[MIN_ISR] = String(minInSyncReplicas);
  for (const { name, value } of configEntries) entries[name] = value;
  return Object.entries(entries).map(([name, value]) => ({ name, value }));
}
