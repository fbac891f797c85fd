import {
  addresses,
  choice,
  databaseUrl,
  httpUrl,
  integer,
  internalHttpSettings,
  logSettings,
  seconds,
  secrets,
  text,
} from '@lmt/service-kit';
import { validate } from 'node-cron';
import { z } from 'zod';

const shared = z.object({
  ORDER_DATABASE_URL: databaseUrl(),
  BROKER: choice(['kafka', 'direct'], 'kafka'),
  KAFKA_BROKERS: addresses(['127.0.0.1:9092']),
  /** With BROKER=direct: the receiver's /internal/messages, and what signs the requests to it. */
  DIRECT_URL: httpUrl().optional(),
  CALLBACK_SECRET: secrets().optional(),
  /** The scan that finds everything due, also what no signal announced. */
  RELAY_CRON: text('*/5 * * * * *').refine(validate, {
    error: 'is wrong: expected a cron expression with seconds, such as */5 * * * * *',
  }),
  RELAY_BATCH_SIZE: integer(500, { min: 1, max: 5_000 }),
  RELAY_LEASE_SECONDS: seconds(30, { min: 1, max: 3_600 }),
  PUBLISH_TIMEOUT_SECONDS: seconds(10, { min: 0.1, max: 600 }),
  RESULT_DEADLINE_SECONDS: seconds(10, { min: 0.1, max: 86_400 }),
  RETRY_BASE_SECONDS: seconds(5, { min: 0.01, max: 3_600 }),
  RETRY_CAP_SECONDS: seconds(300, { min: 0.01, max: 86_400 }),
  RETENTION_HOURS: seconds(168, { min: 0, max: 87_600 }),
  ...internalHttpSettings(3102),
  ...logSettings,
});

/** Settings of the relay, from the environment. */
export const config = shared.superRefine((settings, context) => {
  const fault = (name: keyof z.infer<typeof shared>, message: string) =>
    context.addIssue({ code: 'custom', path: [name], message });
  if (settings.RELAY_LEASE_SECONDS <= settings.PUBLISH_TIMEOUT_SECONDS) {
    fault(
      'RELAY_LEASE_SECONDS',
      'is wrong: expected more than PUBLISH_TIMEOUT_SECONDS, or another relay publishes what this one still does',
    );
  }
  if (settings.RETRY_CAP_SECONDS < settings.RETRY_BASE_SECONDS) {
    fault('RETRY_CAP_SECONDS', 'is wrong: expected at least RETRY_BASE_SECONDS');
  }
  if (settings.BROKER === 'direct') {
    if (settings.DIRECT_URL === undefined) {
      fault(
        'DIRECT_URL',
        'is not set: BROKER=direct needs the URL of the receiver, such as http://127.0.0.1:3101/internal/messages',
      );
    }
    if (settings.CALLBACK_SECRET === undefined) {
      fault('CALLBACK_SECRET', 'is not set: BROKER=direct signs with it. Use the one of the order service');
    }
  }
});
export type Config = z.infer<typeof config>;
