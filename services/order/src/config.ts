import {
  bearerToken,
  databaseUrl,
  internalHttpSettings,
  logSettings,
  publicHttpSettings,
  secrets,
} from '@lmt/service-kit';
import { z } from 'zod';

/** Settings of the order service, from the environment. */
export const config = z.object({
  ORDER_DATABASE_URL: databaseUrl(),
  /** Verifies the signatures of consumers. */
  CALLBACK_SECRET: secrets(),
  ADMIN_TOKEN: bearerToken(),
  ...publicHttpSettings(3000),
  ...internalHttpSettings(3100),
  ...logSettings,
});
