import { FAIL_POINTS } from '@lmt/contracts';
import {
  addresses,
  choice,
  databaseUrl,
  failPointSettings,
  failPointsInTestsOnly,
  hours,
  httpUrl,
  integer,
  internalHttpSettings,
  logSettings,
  seconds,
  secrets,
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
  RELAY_CRON: z
    .string()
    .refine(validate, { error: 'expected a cron expression with seconds, such as */5 * * * * *' })
    .default('*/5 * * * * *'),
  RELAY_BATCH_SIZE: integer(500, { min: 1, max: 5_000 }),
  RELAY_LEASE_SECONDS: seconds(30, { min: 1, max: 3_600 }),
  PUBLISH_TIMEOUT_SECONDS: seconds(10, { min: 0.1, max: 600 }),
  RESULT_DEADLINE_SECONDS: seconds(10, { min: 0.1, max: 86_400 }),
  RETRY_BASE_SECONDS: seconds(5, { min: 0.01, max: 3_600 }),
  RETRY_CAP_SECONDS: seconds(300, { min: 0.01, max: 86_400 }),
  RETENTION_HOURS: hours(168, { min: 0, max: 87_600 }),
  ...internalHttpSettings(3102),
  ...logSettings,
  ...failPointSettings(FAIL_POINTS.relay),
});

type Settings = z.infer<typeof shared>;

/** Names the setting; looked at also when others are wrong, so that all errors are named at once. */
const of = (name: keyof Settings, error: string) => ({ path: [name], error, when: () => true });

// A setting that is missing or wrong is undefined here, and no comparison with it holds: it has an
// error of its own.
const lease = of(
  'RELAY_LEASE_SECONDS',
  'expected more than PUBLISH_TIMEOUT_SECONDS, or another relay publishes what this one still does',
);
const cap = of('RETRY_CAP_SECONDS', 'expected at least RETRY_BASE_SECONDS');
const url = of(
  'DIRECT_URL',
  'BROKER=direct needs the URL of the receiver, such as http://127.0.0.1:3101/internal/messages',
);
const secret = of('CALLBACK_SECRET', 'BROKER=direct signs with it. Use the one of the order service');

/** Settings of the relay, from the environment. */
export const config = shared
  .refine((s) => !(s.RELAY_LEASE_SECONDS <= s.PUBLISH_TIMEOUT_SECONDS), lease)
  .refine((s) => !(s.RETRY_CAP_SECONDS < s.RETRY_BASE_SECONDS), cap)
  .refine((s) => s.BROKER !== 'direct' || s.DIRECT_URL !== undefined, url)
  .refine((s) => s.BROKER !== 'direct' || s.CALLBACK_SECRET !== undefined, secret)
  .refine(...failPointsInTestsOnly);
export type Config = z.infer<typeof config>;
