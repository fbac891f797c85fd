import type { FailPoint } from '@lmt/contracts';
import { connectOrderDatabase } from '@lmt/prisma-order';
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
import { v7 as uuidv7 } from 'uuid';
import { answerError } from './answer-error.js';
import { createCancelQueue } from './cancellation/cancel-queue.js';
import { cancelRoutes } from './cancellation/routes.js';
import { config } from './config.js';
import { cancelDiscarded } from './operators/cancel-discarded.js';
import { deadLetterRoutes } from './operators/dead-letter-routes.js';
import { messageRoutes } from './operators/message-routes.js';
import { createOrderQueue } from './orders/place-queue.js';
import { orderRoutes } from './orders/routes.js';
import { createProgressReport } from './results/progress-log.js';
import { resultRoutes } from './results/routes.js';
import { ORDER_SESSION_SETTINGS } from './session-settings.js';

const ORDER_LIMIT_BYTES = 64 * 1024;
const RESULTS_LIMIT_BYTES = 2 * 1024 * 1024;
const PROGRESS_MS = 10_000;

await main('order', async () => {
  const settings = parseConfig(config, process.env);
  const logger = createLogger({ service: 'order', level: settings.LOG_LEVEL, format: settings.LOG_FORMAT });
  watchClock(logger);
  const metrics = createMetrics('order');

  const connect = (poolSize: number) =>
    connectOrderDatabase({
      url: settings.ORDER_DATABASE_URL,
      applicationName: 'lmt-order',
      poolSize,
      sessionSettings: ORDER_SESSION_SETTINGS,
      onConnectionError: (err) => logger.debug({ err }, 'database connection lost'),
    });
  const database = connect(6);
  // What anybody may read must not take the connections of those who write.
  const reading = connect(3);
  const failHere = createFailPoints<FailPoint<'order'>>({ armed: settings.FAIL_POINTS, logger });
  const placing = failAroundTransactions(database, failHere, {
    beforeCommit: 'post.beforeCommit',
    afterCommit: 'post.afterCommit',
  });
  const completing = failAroundTransactions(database, failHere, {
    beforeCommit: 'order.beforeComplete',
    afterCommit: 'order.afterComplete',
  });
  const orders = createStallDetector({ activity: 'placing orders' });
  const queue = createOrderQueue(placing, logger, orders);
  const cancellations = createStallDetector({ activity: 'cancelling orders' });
  const cancelQueue = createCancelQueue(database, cancellations, { newId: uuidv7 });
  const progress = createProgressReport(database, logger);

  const publicApp = createApp({
    logger,
    bodyLimitBytes: ORDER_LIMIT_BYTES,
    metrics,
    classifyError: answerError,
    routes: (router) => {
      orderRoutes(router, { reading, queue, logger, newId: uuidv7 });
      cancelRoutes(router, { cancelQueue, logger });
    },
  });
  const internalApp = createInternalApp({
    logger,
    bodyLimitBytes: RESULTS_LIMIT_BYTES,
    classifyError: answerError,
    metrics,
    checks: {
      database: async () => {
        await database.$queryRawUnsafe('SELECT 1');
        return null;
      },
      placing: () => orders.stallReason(),
      cancelling: () => cancellations.stallReason(),
    },
    routes: (router) => {
      resultRoutes(router, {
        database: completing,
        secrets: settings.CALLBACK_SECRET,
        logger,
        metrics,
        onChanged: progress.changed,
      });
      deadLetterRoutes(router, {
        database,
        adminToken: settings.ADMIN_TOKEN,
        logger,
        onDiscarded: cancelDiscarded({ newId: uuidv7 }),
      });
      messageRoutes(router, { database, adminToken: settings.ADMIN_TOKEN });
    },
  });
  const publicServer = await listen(publicApp, { host: settings.HOST, port: settings.PORT, logger });
  const internalServer = await listen(internalApp, {
    host: settings.INTERNAL_HOST,
    port: settings.INTERNAL_PORT,
    settings: { host: 'INTERNAL_HOST', port: 'INTERNAL_PORT' },
    logger,
  });
  logger.info({ url: publicServer.url, internal: internalServer.url }, 'order is up');
  const reporting = setInterval(() => void progress.report(), PROGRESS_MS);

  onShutdown({
    logger,
    deadlineMs: 15_000,
    steps: [
      ['progress', async () => clearInterval(reporting)],
      ['http', () => publicServer.close(5_000)],
      ['orders under way', () => queue.drain()],
      ['cancellations under way', () => cancelQueue.drain()],
      ['internal http', () => internalServer.close(5_000)],
      ['reads', () => reading.$disconnect()],
      ['database', () => database.$disconnect()],
    ],
  });
});
