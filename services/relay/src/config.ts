import { isCronExpression } from '@lmt/outbox';
import {
  choice,
  consistentKafkaSecurity,
  databaseUrl,
  enoughReplicas,
  expected,
  hours,
  httpUrl,
  integer,
  internalHttpSettings,
  kafkaSecuritySettings,
  kafkaSettings,
  logSettings,
  seconds,
  secrets,
  traceSettings,
} from '@lmt/service-kit';
import { z } from 'zod';

const shared = z.object({
  ORDER_DATABASE_URL: databaseUrl(),
  BROKER: choice(['kafka', 'direct'], 'kafka'),
  ...kafkaSettings,
  ...kafkaSecuritySettings,
  /** Only for BROKER=direct: URL of the receiver's /internal/messages, and the signing secret. */
  DIRECT_URL: httpUrl('http://127.0.0.1:3101/internal/messages').optional(),
  CALLBACK_SECRET: secrets().optional(),
  /** Cron expression of the ticks that claim all due messages, with or without a NOTIFY. */
  RELAY_CRON: z
    .string()
    .refine(isCronExpression, expected('a cron expression with seconds, such as */5 * * * * *'))
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
  ...traceSettings,
});

type Settings = z.infer<typeof shared>;

/** The error of one setting. `when` makes zod report it together with other errors. */
const toError = (name: keyof Settings, error: string) => ({ path: [name], error, when: () => true });

// A missing or invalid setting has its own error. It is undefined here, so comparisons are false.
const lease = toError(
  'RELAY_LEASE_SECONDS',
  'expected more than PUBLISH_TIMEOUT_SECONDS, or another relay publishes a batch that is still in flight',
);
const cap = toError('RETRY_CAP_SECONDS', 'expected at least RETRY_BASE_SECONDS');
const url = toError(
  'DIRECT_URL',
  'BROKER=direct needs the URL of the receiver, such as http://127.0.0.1:3101/internal/messages',
);
const secret = toError('CALLBACK_SECRET', 'BROKER=direct signs with it; use the secret of the order service');

export const config = shared
  .refine((s) => !(s.RELAY_LEASE_SECONDS <= s.PUBLISH_TIMEOUT_SECONDS), lease)
  .refine((s) => !(s.RETRY_CAP_SECONDS < s.RETRY_BASE_SECONDS), cap)
  .refine((s) => s.BROKER !== 'direct' || s.DIRECT_URL !== undefined, url)
  .refine((s) => s.BROKER !== 'direct' || s.CALLBACK_SECRET !== undefined, secret)
  .check(enoughReplicas, ...consistentKafkaSecurity);
export type Config = z.infer<typeof config>;

export function readRelayOptions(settings: Config) {
  return {
    cron: settings.RELAY_CRON,
    policy: {
      resultDeadlineMs: settings.RESULT_DEADLINE_SECONDS * 1_000,
      baseMs: settings.RETRY_BASE_SECONDS * 1_000,
      capMs: settings.RETRY_CAP_SECONDS * 1_000,
    },
    batchSize: settings.RELAY_BATCH_SIZE,
    leaseSeconds: settings.RELAY_LEASE_SECONDS,
    retentionHours: settings.RETENTION_HOURS,
  };
}
