import { databaseCheck, databaseFailure, databaseReason } from '@lmt/prisma-inventory';
import { createStallDetector } from '@lmt/resilience';
import { createPoolMetrics, databaseProblem, runService } from '@lmt/service-kit';
import { config } from './config.js';
import { createOrderConsumer } from './consume/consume-orders.js';
import { readSource, subscribe } from './consume/receive-messages.js';
import { connectDatabases } from './database.js';
import { internalRoutes, MESSAGES_LIMIT_BYTES, publicRoutes, READ_LIMIT_BYTES } from './http.js';
import { createResultSender } from './results/send-results.js';

await runService({
  name: 'inventory',
  config,
  mapError: (error) => databaseProblem(databaseFailure(error), databaseReason(error)),
  internalBodyLimitBytes: MESSAGES_LIMIT_BYTES,
  async start({ settings, logger, metrics, tracing, internal, onStop, serve }) {
    const watchPool = createPoolMetrics(metrics);
    const pools = connectDatabases(settings.INVENTORY_DATABASE_URL, logger, onStop, watchPool);
    const { database, readPool, operatorPool } = pools;

    const { CALLBACK_URL: url, CALLBACK_SECRET: secrets } = settings;
    const sending = createStallDetector({ activity: 'sending results to the order service' });
    const results = createResultSender({ url, secrets, logger, metrics, tracing, stallDetector: sending });
    onStop('results', () => results.close());
    internal.check('results', sending.stallReason);

    const consuming = createStallDetector({ activity: 'a batch' });
    const consumer = createOrderConsumer({
      database,
      results,
      logger,
      metrics,
      tracing,
      source: readSource(settings),
      stallDetector: consuming,
    });
    const { consume: handler, lockReason } = consumer;
    internal.routes((router) => internalRoutes(router, { settings, operatorPool, handler, logger }));
    internal.check('database', databaseCheck(database));
    internal.work('batches', consuming);
    internal.check('locked rows', lockReason);

    await serve((router) => publicRoutes(router, readPool), { bodyLimitBytes: READ_LIMIT_BYTES });
    const subscription = subscribe(settings, handler, logger, metrics);
    onStop('consumer', () => subscription.close());
    internal.check('consumer', () => subscription.notReadyReason());
    return { broker: settings.BROKER };
  },
});
