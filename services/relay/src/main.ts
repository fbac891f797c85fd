import { createAsyncApiDocument } from '@lmt/contracts/routes';
import { startRelay } from '@lmt/outbox';
import { databaseCheck } from '@lmt/postgres';
import { createPoolMetrics, documentRoutes, runService } from '@lmt/service-kit';
import { api } from './api.js';
import { createBrokerCheck, createProbeLog, probeUntilAvailable } from './broker-check.js';
import { config, readRelayOptions } from './config.js';
import { connectDatabases } from './database.js';
import { observeRelay } from './observe-relay.js';
import { choosePublisher, nameReceiver } from './publisher.js';
import { tracePublications } from './trace-publications.js';
import { watchBacklog } from './watch-backlog.js';

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
    const receiver = nameReceiver(settings);
    const broker = createBrokerCheck(publisher, createProbeLog(logger, receiver));
    const brokerReason = async () => relay.unavailableReason() ?? broker.unavailableReason();

    const observer = observeRelay({
      logger,
      metrics,
      receiver,
      onBrokerSuccess: broker.recordSuccess,
      brokerReason,
      tracePublications: tracing && tracePublications(tracing, settings),
    });
    const options = { ...readRelayOptions(settings), databaseUrl: url };
    const relay = startRelay({ ...options, sql: database, publisher, observer });
    onStop('relay', () => relay.stop());
    onStop('backlog', watchBacklog({ logger, metrics, sql: countPool, topics: publisher.topics }));
    internal.routes((router) => documentRoutes(router, api, createAsyncApiDocument));
    internal.check('wakeUps', () => (relay.isListening() ? null : 'not listening for new messages'));
    internal.check('broker', brokerReason);
    onStop('first probes', probeUntilAvailable(brokerReason));
    internal.check('publishing', relay.unpublishedReason);
    internal.work('progress', relay);
    return { broker: settings.BROKER, scan: settings.RELAY_CRON };
  },
});
