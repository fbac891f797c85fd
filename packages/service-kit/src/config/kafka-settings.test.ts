import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { enoughReplicas, kafkaGroup, kafkaSettings } from './kafka-settings.js';
import { parseConfig } from './parse-config.js';

const schema = z.object({ ...kafkaSettings, KAFKA_GROUP_ID: kafkaGroup('inventory') }).check(enoughReplicas);

describe('the settings of Kafka', () => {
  it('shared-cluster: have defaults for a Kafka of its own', () => {
    expect(parseConfig(schema, {})).toEqual({
      KAFKA_BROKERS: ['127.0.0.1:9092'],
      KAFKA_TOPIC_PREFIX: '',
      KAFKA_GROUP_ID: 'inventory',
    });
  });

  it('shared-cluster: take a prefix, a group and the numbers of replicas', () => {
    const env = {
      KAFKA_BROKERS: 'kafka-1:9092, [::1]:9093',
      KAFKA_TOPIC_PREFIX: 'staging.eu_1-',
      KAFKA_GROUP_ID: 'staging inventory',
      KAFKA_REPLICATION_FACTOR: '3',
      KAFKA_MIN_INSYNC_REPLICAS: '2',
    };
    expect(parseConfig(schema, env)).toEqual({
      ...env,
      KAFKA_BROKERS: ['kafka-1:9092', '[::1]:9093'],
      KAFKA_REPLICATION_FACTOR: 3,
      KAFKA_MIN_INSYNC_REPLICAS: 2,
    });
  });

  it.each([
    ['KAFKA_TOPIC_PREFIX', 'staging/', /letters, digits, dots/],
    ['KAFKA_TOPIC_PREFIX', 'a b', /letters, digits, dots/],
    ['KAFKA_TOPIC_PREFIX', 'x'.repeat(201), /at most 200/],
    ['KAFKA_GROUP_ID', 'x'.repeat(250), /at most 249/],
    ['KAFKA_REPLICATION_FACTOR', '0', /from 1 to/],
    ['KAFKA_REPLICATION_FACTOR', 'three', /from 1 to/],
    ['KAFKA_MIN_INSYNC_REPLICAS', '-1', /from 1 to/],
  ])('shared-cluster: refuse %s=%s', (name, value, message) => {
    expect(() => parseConfig(schema, { [name]: value })).toThrow(message);
    expect(() => parseConfig(schema, { [name]: value })).toThrow(`${name} is wrong`);
  });

  it('leaderless: refuse more in-sync replicas than replicas', () => {
    const settings = { KAFKA_REPLICATION_FACTOR: '2', KAFKA_MIN_INSYNC_REPLICAS: '3' };
    expect(() => parseConfig(schema, settings)).toThrow(/at most KAFKA_REPLICATION_FACTOR/);
    expect(parseConfig(schema, { KAFKA_MIN_INSYNC_REPLICAS: '3' })).toMatchObject({
      KAFKA_MIN_INSYNC_REPLICAS: 3,
    });
  });
});
