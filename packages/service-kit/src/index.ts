export { type Operator, requireBearer } from './auth/require-bearer.js';
export { requireSignature } from './auth/require-signature.js';
export { signBody } from './auth/signature.js';
export {
  consistentKafkaSecurity,
  kafkaSecuritySettings,
  readKafkaSecurity,
} from './config/kafka-security.js';
export { enoughReplicas, kafkaGroup, kafkaSettings } from './config/kafka-settings.js';
export { onlyOneOperatorSetting, operatorSettings, readOperators } from './config/operator-tokens.js';
export { ConfigError, parseConfig } from './config/parse-config.js';
export {
  bearerToken,
  choice,
  databaseUrl,
  expected,
  hours,
  httpUrl,
  integer,
  internalHttpSettings,
  logSettings,
  publicHttpSettings,
  type Secrets,
  seconds,
  secrets,
  traceSettings,
} from './config/setting.js';
export { addRoutes, route } from './http/add-routes.js';
export type { BodyReader } from './http/body-reader.js';
export { createApp } from './http/create-app.js';
export { documentRoutes } from './http/document-routes.js';
export { sendJson } from './http/json.js';
export { type HttpServer, listen } from './http/listen.js';
export { invalidInput, parseInput } from './http/parse-input.js';
export { createLogger, type Logger } from './logging/create-logger.js';
export { openStandardOutput } from './logging/line-writer.js';
export { createMetrics, type Metrics } from './operations/metrics.js';
export { operationContracts } from './operations/operation-contracts.js';
export { createPoolMetrics, type PoolUsage } from './operations/pool-metrics.js';
export { runService } from './operations/run-service.js';
export {
  conflict,
  databaseProblem,
  forbidden,
  notFound,
  unauthorized,
  unavailable,
  unprocessable,
} from './problem/problem.js';
export { methodNotAllowed } from './problem/problem-handler.js';
