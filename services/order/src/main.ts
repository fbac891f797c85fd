import { databaseCheck, databaseFailure, databaseReason } from '@lmt/prisma-order';
import { createStallDetector } from '@lmt/resilience';
import { createPoolMetrics, databaseProblem, readOperators, runService } from '@lmt/service-kit';
import { createCancelQueue } from './cancellation/cancel-queue.js';
import { startExpiring } from './cancellation/start-expiring.js';
import { config } from './config.js';
import { connectDatabases } from './database.js';
import { internalRoutes, ORDER_LIMIT_BYTES, publicRoutes, RESULTS_LIMIT_BYTES } from './http.js';
import { createPlaceQueue } from './orders/place-queue.js';
import { createProgressLog } from './results/progress-log.js';

const PROGRESS_MS = 10_000;

await runService({
  name: 'order',
  config,
  mapError: (error) => databaseProblem(databaseFailure(error), databaseReason(error)),
  internalBodyLimitBytes: RESULTS_LIMIT_BYTES,
  async start({ settings, logger, metrics, tracing, internal, onStop, serve }) {
    const watchPool = createPoolMetrics(metrics);
    const pools = connectDatabases(settings.ORDER_DATABASE_URL, logger, onStop, watchPool);
    const { database, readPool, countPool } = pools;
    internal.check('database', databaseCheck(database));

    const progressLog = createProgressLog(countPool, logger);
    const callers = { secrets: settings.CALLBACK_SECRET, operators: readOperators(settings) };
    const internalOptions = { ...callers, database: pools.internalPool, countPool, progressLog };
    internal.routes((router) => internalRoutes(router, { ...internalOptions, logger, metrics, tracing }));

    const cancelling = createStallDetector({ activity: 'cancelling orders' });
    const cancelQueue = createCancelQueue(database, cancelling);
    onStop('waiting cancellations', () => cancelQueue.drain());
    internal.work('cancelling', cancelling);

    const placing = createStallDetector({ activity: 'placing orders' });
    const placeQueue = createPlaceQueue(database, logger, placing, { tracing });
    onStop('waiting orders', () => placeQueue.drain());
    internal.work('placing', placing);

    const afterSeconds = settings.ORDER_EXPIRES_AFTER_SECONDS;
    if (afterSeconds > 0) {
      const expiring = createStallDetector({ activity: 'expiring orders' });
      const options = { database: pools.internalPool, afterSeconds, logger, stallDetector: expiring };
      const stopExpiring = startExpiring(options);
      onStop('expiring orders', stopExpiring);
      internal.work('expiring', expiring);
    }

    await serve((router) => publicRoutes(router, { readPool, placeQueue, cancelQueue, logger, tracing }), {
      bodyLimitBytes: ORDER_LIMIT_BYTES,
    });
    const timer = setInterval(progressLog.write, PROGRESS_MS);
    onStop('progress log', () => clearInterval(timer));
  },
});
