import { startTracing, type Tracing } from '@lmt/tracing';
import type { Router } from 'express';
import type { z } from 'zod';
import { ConfigError, parseConfig } from '../config/parse-config.js';
import { type AppOptions, createApp } from '../http/create-app.js';
import { listen, StartError } from '../http/listen.js';
import { createLogger, type Logger, type LoggerOptions } from '../logging/create-logger.js';
import { printable, redactUrls } from '../logging/safe-text.js';
import type { MapError } from '../problem/problem-handler.js';
import { exitOnClockStep } from './exit-on-clock-step.js';
import { exitOnStuckWork, type Work } from './exit-on-stuck-work.js';
import { createMetrics, type Metrics } from './metrics.js';
import { onShutdown, type ShutdownProcess, type ShutdownStep } from './on-shutdown.js';
import { operationRoutes, type ReadinessCheck } from './operation-routes.js';

const SERVER_CLOSE_MS = 5_000;
// sysexits.h, EX_CONFIG: a restart does not help.
const CONFIG_EXIT_CODE = 78;

/** The settings that this file's settings groups read, such as `logSettings` and `traceSettings`. */
export interface ServiceSettings {
  readonly LOG_LEVEL: LoggerOptions['level'];
  readonly LOG_FORMAT: LoggerOptions['format'];
  readonly OTEL_EXPORTER_OTLP_ENDPOINT?: string | undefined;
  readonly INTERNAL_HOST: string;
  readonly INTERNAL_PORT: number;
  readonly HOST?: string;
  readonly PORT?: number;
}

type AddRoutes = (router: Router) => void;

/** Passed to the service's `start`. */
export interface ServiceContext<S extends ServiceSettings> {
  readonly settings: S;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Null unless OTEL_EXPORTER_OTLP_ENDPOINT is set. */
  readonly tracing: Tracing | null;
  /** The server for operators, probes and peers, with /healthz, /readyz and /metrics. */
  readonly internal: {
    /** Adds a check to /readyz. */
    check(name: string, check: ReadinessCheck): void;
    /**
     * Adds a check to /readyz for work that needs only the service's own database. If the check
     * fails for five minutes while the check `database` passes, the process exits.
     */
    work(name: string, work: Work): void;
    /** Adds routes. A route needs `requireBearer` or `requireSignature` to read a body. */
    routes(add: AddRoutes): void;
  };
  /** Registers a shutdown step. The steps run one at a time, the last registered first. */
  onStop(name: string, stop: () => unknown): void;
  /**
   * Serves the public app on HOST and PORT, and resolves with its URL. Registers its close as a
   * shutdown step.
   */
  serve(routes: AddRoutes, options: Pick<AppOptions, 'bodyLimitBytes' | 'deferBodies'>): Promise<string>;
}

export interface Service<S extends ServiceSettings> {
  readonly name: string;
  readonly config: z.ZodType<S>;
  /** Maps an error that a route throws to the problem to answer with. */
  readonly mapError?: MapError;
  readonly internalBodyLimitBytes?: number;
  /**
   * Starts the service. The internal server listens when `start` has resolved. The first use of
   * `internal` registers its close as a shutdown step, so the server closes before everything
   * registered earlier. Fields of the returned object are logged with "<name> is up".
   */
  start(context: ServiceContext<S>): Promise<object | undefined>;
}

/** The parts of `process` that a service touches. A test replaces them. */
export interface ServiceProcess extends ShutdownProcess {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stderr: { write(text: string): unknown };
  readonly logStream?: LoggerOptions['stream'];
}

/**
 * Runs a service until SIGTERM or SIGINT: reads its settings, starts it, serves its internal app
 * and stops it in order. If the start fails, the process prints the reason on standard error and
 * exits with 78 for wrong settings, 1 otherwise.
 */
export async function runService<S extends ServiceSettings>(
  service: Service<S>,
  host: ServiceProcess = process,
): Promise<void> {
  try {
    await startService(service, host);
  } catch (error) {
    host.stderr.write(`${service.name} did not start: ${describe(error)}\n`);
    host.exit(error instanceof ConfigError ? CONFIG_EXIT_CODE : 1);
  }
}

async function startService<S extends ServiceSettings>(
  { name, config, mapError, internalBodyLimitBytes = 1_024, start }: Service<S>,
  host: ServiceProcess,
): Promise<void> {
  const settings = parseConfig(config, host.env);
  const { LOG_LEVEL: level, LOG_FORMAT: format, INTERNAL_HOST, INTERNAL_PORT, HOST, PORT } = settings;
  const metrics = createMetrics(name);
  const droppedLines = metrics.counter({
    name: 'log_lines_dropped_total',
    help: 'Log lines dropped because standard output was not read',
  });
  const onDrop = () => droppedLines.inc();
  const logger = createLogger({ service: name, level, format, stream: host.logStream, onDrop });
  exitOnClockStep(logger);

  const tracing = await startTracing({
    endpoint: settings.OTEL_EXPORTER_OTLP_ENDPOINT,
    service: name,
    onProblem: (reason) => logger.warn({ reason }, 'traces are lost: they cannot be exported'),
  });

  const steps: ShutdownStep[] = tracing === null ? [] : [['traces', () => tracing.shutdown()]];
  const checks: Record<string, ReadinessCheck> = {};
  const work = new Map<string, Work>();
  const internalRoutes: AddRoutes[] = [(router) => operationRoutes(router, metrics, checks)];
  let url: string | undefined;
  let closeInternal = async (_deadlineMs: number) => {};
  const internalStep: ShutdownStep = ['internal http', () => closeInternal(SERVER_CLOSE_MS)];
  const registerInternal = () => {
    if (!steps.includes(internalStep)) steps.unshift(internalStep);
  };

  const addCheck = (check: string, run: ReadinessCheck) => {
    registerInternal();
    checks[check] = run;
  };

  const details = await start({
    settings,
    logger,
    metrics,
    tracing,
    onStop: (step, stop) => void steps.unshift([step, stop]),
    internal: {
      check: addCheck,
      work(check, detector) {
        addCheck(check, () => detector.stallReason());
        work.set(check, detector);
      },
      routes(add) {
        registerInternal();
        internalRoutes.push(add);
      },
    },
    async serve(routes, options) {
      if (HOST === undefined || PORT === undefined) throw new TypeError('serve() needs publicHttpSettings');
      const app = createApp({ ...options, logger, metrics, tracing, routes, mapError });
      const server = await listen(app, { host: HOST, port: PORT });
      url = server.url;
      steps.unshift(['http', () => server.close(SERVER_CLOSE_MS)]);
      return url;
    },
  });

  registerInternal();
  const internalApp = createApp({
    logger,
    bodyLimitBytes: internalBodyLimitBytes,
    deferBodies: true,
    mapError,
    routes: (router) => internalRoutes.forEach((add) => void add(router)),
  });
  const internal = await listen(internalApp, { host: INTERNAL_HOST, port: INTERNAL_PORT, internal: true });
  closeInternal = internal.close;
  const exit = onShutdown(steps, logger, host);
  exitOnStuckWork({ work, database: () => checks.database, logger, exit });
  logger.info({ url, internal: internal.url, ...details }, `${name} is up`);
}

/** Returns the message of an error meant for the operator, and the stack of any other error. */
function describe(error: unknown): string {
  // A ConfigError escapes the values it quotes, and its only URLs are examples.
  if (error instanceof ConfigError) return error.message;
  const stack = error instanceof Error && !(error instanceof StartError) ? error.stack : undefined;
  const text = stack ?? (error instanceof Error ? error.message : String(error));
  return redactUrls(text).split('\n').map(printable).join('\n');
}
