import {
  databaseUrl,
  internalHttpSettings,
  logSettings,
  onlyOneOperatorSetting,
  operatorSettings,
  publicHttpSettings,
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
    ...operatorSettings,
    ...publicHttpSettings(3000),
    ...internalHttpSettings(3100),
    ...logSettings,
    ...traceSettings,
  })
  .check(onlyOneOperatorSetting);
