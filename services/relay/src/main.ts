import { createAsyncApiDocument } from '@lmt/contracts/routes';
import { startRelay } from '@lmt/outbox';
import { databaseCheck } from '@lmt/postgres';
import { createOutageLog } from '@lmt/resilience';
import { createPoolMetrics, documentRoutes, runService } from '@lmt/service-kit';
import { api } from './api.js';
import { createBrokerCheck } from './broker-check.js';
import { config, readPolicy } from './config.js';
import { connectDatabases } from './database.js';
import { observeRelay } from './observe-relay.js';
import { choosePublisher } from './publisher.js';
import { tracePublications } from './trace-publications.js';
import { watchBacklog } from './watch-backlog.js';

/** How often the relay probes the broker from its start until the first answer. */
const FIRST_PROBES_MS = 2_000;

await runService({
  name: 'relay',
  config,
  async start({ settings, logger, metrics, tracing, internal, onStop }) {
    const watchPool = createPoolMetrics(metrics);
    const url = settings.ORDER_DATABASE_URL;
    const { database, countPool } = connectDatabases(url, logger, onStop, watchPool);
    internal.check('database', databaseCheck(database));

    const publisher = choosePublisher(settings, logger);
    onStop('broker', () => publisher.close());
    const receiver = settings.BROKER === 'kafka' ? 'the broker' : 'the receiver';
    const outage = createOutageLog({
      onDown: (details) => logger.warn(details, `${receiver} does not answer a probe`),
      onUp: (details) => logger.info(details, `${receiver} answers again`),
      graceMs: 3_000,
    });
    const broker = createBrokerCheck(publisher, outage);
    const brokerReason = async () => relay.unavailableReason() ?? broker.unavailableReason();

    const relay = startRelay({
      sql: database,
      databaseUrl: url,
      publisher,
      observer: observeRelay({
        logger,
        metrics,
        onBrokerSuccess: broker.recordSuccess,
        brokerReason,
        receiver,
        tracePublications: tracing && tracePublications(tracing, settings),
      }),
      cron: settings.RELAY_CRON,
      policy: readPolicy(settings),
      batchSize: settings.RELAY_BATCH_SIZE,
      leaseSeconds: settings.RELAY_LEASE_SECONDS,
      retentionHours: settings.RETENTION_HOURS,
    });
    onStop('relay', () => relay.stop());
    onStop('backlog', watchBacklog({ logger, metrics, sql: countPool, topics: publisher.topics }));
    internal.routes((router) => documentRoutes(router, api, createAsyncApiDocument));
    internal.check('wakeUps', () => (relay.isListening() ? null : 'not listening for new messages'));
    internal.check('broker', brokerReason);
    // Logs wrong settings of the broker, also before the first message and request of /readyz.
    const firstProbes = setInterval(async () => {
      if ((await brokerReason()) === null) clearInterval(firstProbes);
    }, FIRST_PROBES_MS);
    onStop('first probes', () => clearInterval(firstProbes));
    internal.check('publishing', relay.unpublishedReason);
    internal.work('progress', relay);
    return { broker: settings.BROKER, scan: settings.RELAY_CRON };
  },
});
