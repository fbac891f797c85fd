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

await runService({
  name: 'order',
  config,
  mapError: (error) => databaseProblem(databaseFailure(error), databaseReason(error)),
  internalBodyLimitBytes: RESULTS_LIMIT_BYTES,
  async start({ settings, logger, metrics, tracing, internal, onStop, serve }) {
    const url = settings.ORDER_DATABASE_URL;
    const pools = connectDatabases(url, logger, onStop, createPoolMetrics(metrics));
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
      onStop('expiring orders', startExpiring(options));
      internal.work('expiring', expiring);
    }

    const publicOptions = { readPool, placeQueue, cancelQueue, logger, tracing };
    await serve((router) => publicRoutes(router, publicOptions), { bodyLimitBytes: ORDER_LIMIT_BYTES });
    onStop('progress log', progressLog.start());
  },
});
