import {
  choice,
  consistentKafkaSecurity,
  databaseUrl,
  enoughReplicas,
  httpUrl,
  internalHttpSettings,
  kafkaGroup,
  kafkaSecuritySettings,
  kafkaSettings,
  logSettings,
  onlyOneOperatorSetting,
  operatorSettings,
  publicHttpSettings,
  secrets,
  traceSettings,
} from '@lmt/service-kit';
import { z } from 'zod';

/** Settings of the inventory service, from the environment. */
export const config = z
  .object({
    INVENTORY_DATABASE_URL: databaseUrl(),
    BROKER: choice(['kafka', 'direct'], 'kafka'),
    ...kafkaSettings,
    ...kafkaSecuritySettings,
    KAFKA_GROUP_ID: kafkaGroup('inventory'),
    /** URL of the order service's /internal/message-results. */
    CALLBACK_URL: httpUrl('http://127.0.0.1:3100/internal/message-results'),
    CALLBACK_SECRET: secrets(),
    ...operatorSettings,
    ...publicHttpSettings(3001),
    ...internalHttpSettings(3101),
    ...logSettings,
    ...traceSettings,
  })
  .check(onlyOneOperatorSetting, enoughReplicas, ...consistentKafkaSecurity);
export type Config = z.infer<typeof config>;
