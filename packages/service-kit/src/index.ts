export { requireBearer } from './auth/require-bearer.js';
export { requireSignature } from './auth/require-signature.js';
export { signBody } from './auth/signature.js';
export { parseConfig } from './config/parse-config.js';
export { bearerToken, type Secrets, secrets } from './config/secret-setting.js';
export {
  addresses,
  choice,
  databaseUrl,
  hours,
  httpUrl,
  integer,
  internalHttpSettings,
  logSettings,
  publicHttpSettings,
  seconds,
} from './config/setting.js';
export { createFailPoints, type FailHere } from './fail-points/create-fail-points.js';
export { failAroundTransactions } from './fail-points/fail-around-transactions.js';
export {
  type ArmedFailPoints,
  failPointSettings,
  failPointsInTestsOnly,
} from './fail-points/fail-point-settings.js';
export { createApp } from './http/create-app.js';
export { sendJson } from './http/json.js';
export { type HttpServer, listen } from './http/listen.js';
export { parseInput } from './http/parse-input.js';
export { main } from './lifecycle/run-main.js';
export { createLogger, type Logger } from './logging/create-logger.js';
export { exitOnClockStep as watchClock } from './operations/exit-on-clock-step.js';
export { createInternalApp } from './operations/internal-app.js';
export { createMetrics, type Metrics } from './operations/metrics.js';
export { onShutdown } from './operations/on-shutdown.js';
export { runService, type ServiceContext } from './operations/run-service.js';
export {
  conflict,
  databaseProblem,
  notFound,
  type Problem,
  unavailable,
  unprocessable,
} from './problem/problem.js';
export { methodNotAllowed } from './problem/problem-handler.js';
