import {
  databaseUrl,
  internalHttpSettings,
  logSettings,
  onlyOneOperatorSetting,
  operatorSettings,
  publicHttpSettings,
  seconds,
  secrets,
  traceSettings,
} from '@lmt/service-kit';
import { z } from 'zod';

/** Settings of the order service, from the environment. */
export const config = z
  .object({
    ORDER_DATABASE_URL: databaseUrl(),
    /** Verifies the signatures of consumers. */
    CALLBACK_SECRET: secrets(),
    /** An order that is not confirmed after this time is cancelled. 0: orders do not expire. */
    ORDER_EXPIRES_AFTER_SECONDS: seconds(0, { min: 0, max: 31_536_000 }),
    ...operatorSettings,
    ...publicHttpSettings(3000),
    ...internalHttpSettings(3100),
    ...logSettings,
    ...traceSettings,
  })
  .check(onlyOneOperatorSetting);
