export { ConfigError } from './config/config-error.js';
export { parseConfig } from './config/parse-config.js';
export { bearerToken, type Secrets, secrets } from './config/secret-setting.js';
export { addresses, type Bounds, choice, hours, integer, port, seconds, text } from './config/setting.js';
export { internalHttpSettings, logSettings, publicHttpSettings } from './config/setting-groups.js';
export { databaseUrl, httpUrl } from './config/url-setting.js';
export { createFailPoints, type FailHere } from './fail-points/create-fail-points.js';
export { failAroundTransactions } from './fail-points/fail-around-transactions.js';
export {
  type ArmedFailPoints,
  failPointSettings,
  failPointsInTestsOnly,
} from './fail-points/fail-point-settings.js';
export { type AppOptions, createApp } from './http/create-app.js';
export { type HttpServer, type ListenOptions, listen } from './http/listen.js';
export { INVALID_INPUT, type InputPlace, invalidInput, parseInput } from './http/parse-input.js';
export { sendJson } from './http/send-json.js';
export { main } from './lifecycle/run-main.js';
export { StartError } from './lifecycle/start-error.js';
export { createLogger, type Logger, type LoggerOptions } from './logging/create-logger.js';
export { createInternalApp, type InternalAppOptions } from './operations/create-internal-app.js';
export { exitOnClockStep, exitOnClockStep as watchClock } from './operations/exit-on-clock-step.js';
export { createMetrics, type Metrics } from './operations/metrics.js';
export { onShutdown, type ShutdownOptions, type ShutdownStep } from './operations/on-shutdown.js';
export type { ReadinessCheck, ReadinessChecks } from './operations/readiness.js';
export { runService, type ServiceContext } from './operations/run-service.js';
export { databaseProblem } from './problem/database-problem.js';
export { type InputFault, Problem, type ProblemKind, type ProblemOptions } from './problem/problem.js';
export { type ClassifyError, methodNotAllowed, problemHandler } from './problem/problem-handler.js';
export {
  badRequest,
  conflict,
  contentTooLarge,
  notFound,
  unauthorized,
  unavailable,
  unprocessable,
  unsupportedMediaType,
} from './problem/problems.js';
export { logRefusals } from './signing/refusal-log.js';
export { requireBearer } from './signing/require-bearer.js';
export { requireSignature, type SignatureGuardOptions } from './signing/require-signature.js';
export { type SignatureHeaders, type SignedContent, signBody } from './signing/sign-body.js';
export { type RequestHeaders, type Verification, verifySignature } from './signing/verify-signature.js';
