import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FailPoint } from '@lmt/contracts';
import { connectInventoryDatabase } from '@lmt/prisma-inventory';
import { createStallDetector } from '@lmt/resilience';
import {
  createApp,
  createFailPoints,
  createInternalApp,
  createLogger,
  createMetrics,
  failAroundTransactions,
  listen,
  main,
  onShutdown,
  parseConfig,
  watchClock,
} from '@lmt/service-kit';
import { answerDatabaseError } from './answer-database-error.js';
import { config } from './config.js';
import { createOrderConsumer } from './consume/consume-orders.js';
import { directRoutes, subscribe } from './consume/receive-messages.js';
import { failAfterBatch, failBeforeResults } from './fail-around-batches.js';
import { createResultSender } from './results/send-results.js';
import { adjustmentRoutes, stockRoutes } from './stock/routes.js';

const BODY_LIMIT_BYTES = 2 * 1024 * 1024;

await main('inventory', async () => {
  const settings = parseConfig(config, process.env);
  const logger = createLogger({
    service: 'inventory',
    level: settings.LOG_LEVEL,
    format: settings.LOG_FORMAT,
  });
  watchClock(logger);
  const metrics = createMetrics('inventory');
  const now = () => new Date();

  const connect = (poolSize: number) =>
    connectInventoryDatabase({
      url: settings.INVENTORY_DATABASE_URL,
      applicationName: 'lmt-inventory',
      poolSize,
      onConnectionError: (err) => logger.debug({ err }, 'database connection lost'),
    });
  const database = connect(3);
  // What anybody may read must not take the consumer's connections.
  const reading = connect(3);
  const batches = createStallDetector({ activity: 'a batch' });
  const callbacks = createStallDetector({ activity: 'sending results to the order service' });
  const results = createResultSender({
    url: settings.CALLBACK_URL,
    secrets: settings.CALLBACK_SECRET,
    logger,
    now,
    newId: randomUUID,
    random: Math.random,
    sleep: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => {}),
    progress: callbacks,
  });
  const failHere = createFailPoints<FailPoint<'inventory'>>({ armed: settings.FAIL_POINTS, logger });
  const consumer = createOrderConsumer({
    database: failAroundTransactions(database, failHere, {
      before: 'inventory.beforeTx',
      beforeCommit: 'inventory.midTx',
    }),
    results: failBeforeResults(results, failHere),
    logger,
    metrics,
    now,
    sleep,
    progress: batches,
  });
  const handler = failAfterBatch(consumer, failHere);
  const subscription = subscribe(settings, handler, logger, (err) => {
    logger.fatal({ err }, 'the consumer ended for good; exiting to be started again');
    process.exit(1);
  });

  const app = { logger, bodyLimitBytes: BODY_LIMIT_BYTES, mapError: answerDatabaseError };
  const publicServer = await listen(
    // Reads only: no body has a use there.
    createApp({ ...app, bodyLimitBytes: 1_024, metrics, routes: (router) => stockRoutes(router, reading) }),
    {
      host: settings.HOST,
      port: settings.PORT,
    },
  );
  const internalApp = createInternalApp({
    ...app,
    metrics,
    checks: {
      database: async () => {
        await database.$queryRawUnsafe('SELECT 1');
        return null;
      },
      consumer: () => subscription.notReadyReason(),
      batches: () => batches.stallReason(),
      results: () => callbacks.stallReason(),
    },
    routes: (router) => {
      adjustmentRoutes(router, { database, adminToken: settings.ADMIN_TOKEN, logger });
      directRoutes(router, settings, handler, logger);
    },
  });
  const internalServer = await listen(internalApp, {
    host: settings.INTERNAL_HOST,
    port: settings.INTERNAL_PORT,
    settings: { host: 'INTERNAL_HOST', port: 'INTERNAL_PORT' },
  });
  logger.info(
    { url: publicServer.url, internal: internalServer.url, broker: settings.BROKER },
    'inventory is up',
  );

  onShutdown({
    logger,
    process,
    deadlineMs: 15_000,
    steps: [
      ['consumer', () => subscription.close()],
      ['http', () => publicServer.close(5_000)],
      ['internal http', () => internalServer.close(5_000)],
      ['results', () => results.close()],
      ['reads', () => reading.$disconnect()],
      ['database', () => database.$disconnect()],
    ],
  });
});
