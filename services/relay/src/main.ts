import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FailPoint } from '@lmt/contracts';
import { createRelay, listenForWakeUps, RELAY_SESSION_SETTINGS } from '@lmt/outbox';
import { connectOrderDatabase } from '@lmt/prisma-order';
import {
  createFailPoints,
  createInternalApp,
  createLogger,
  createMetrics,
  listen,
  main,
  onShutdown,
  parseConfig,
  watchClock,
} from '@lmt/service-kit';
import { schedule } from 'node-cron';
import { createBrokerCheck } from './broker-check.js';
import { config } from './config.js';
import { connectPublisher } from './connect-publisher.js';
import { failAroundPublications } from './fail-around-publications.js';
import { observeRelay } from './observe-relay.js';
import { createPurge } from './purge.js';

await main('relay', async () => {
  const settings = parseConfig(config, process.env);
  const logger = createLogger({ service: 'relay', level: settings.LOG_LEVEL, format: settings.LOG_FORMAT });
  watchClock(logger);
  const metrics = createMetrics('relay');

  const database = connectOrderDatabase({
    url: settings.ORDER_DATABASE_URL,
    applicationName: 'lmt-relay',
    poolSize: 3,
    sessionSettings: RELAY_SESSION_SETTINGS,
    onConnectionError: (err) => logger.debug({ err }, 'database connection lost'),
  });
  const publisher = connectPublisher(settings, { logger, now: () => new Date(), newId: randomUUID });
  const failHere = createFailPoints<FailPoint<'relay'>>({ armed: settings.FAIL_POINTS, logger });
  const monotonicNow = () => performance.now();
  const broker = createBrokerCheck(publisher, monotonicNow);
  // A publication alone may take its time-out.
  const stalledMs = Math.max(30_000, 2 * settings.PUBLISH_TIMEOUT_SECONDS * 1_000);
  const relay = createRelay({
    sql: database,
    publisher: failAroundPublications(publisher, failHere),
    policy: {
      resultDeadlineMs: settings.RESULT_DEADLINE_SECONDS * 1_000,
      baseMs: settings.RETRY_BASE_SECONDS * 1_000,
      capMs: settings.RETRY_CAP_SECONDS * 1_000,
    },
    batchSize: settings.RELAY_BATCH_SIZE,
    leaseSeconds: settings.RELAY_LEASE_SECONDS,
    observer: observeRelay(logger, metrics, database, broker.answered),
    random: Math.random,
    newToken: randomUUID,
    monotonicNow,
    sleep: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => {}),
  });

  const listener = listenForWakeUps({
    url: settings.ORDER_DATABASE_URL,
    reconnectMs: 1_000,
    onWakeUp: relay.wake,
    onLost: (err) => logger.debug({ err }, 'wake-up connection lost'),
  });
  const purge = createPurge(database, settings.RETENTION_HOURS * 3_600, logger);
  const tick = () => {
    relay.wake();
    void purge();
  };
  const scan = schedule(settings.RELAY_CRON, tick, { suppressMissedWarning: true });

  const internalApp = createInternalApp({
    logger,
    bodyLimitBytes: 1_024,
    metrics,
    checks: {
      database: async () => {
        await database.$queryRawUnsafe('SELECT 1');
        return null;
      },
      wakeUps: () => (listener.isListening() ? null : 'not listening for new messages'),
      broker: () => relay.unavailableBecause() ?? broker.unavailableBecause(),
      // A connection that is cut without a word answers nothing, for minutes.
      progress: () =>
        relay.underWayMs() < stalledMs ? null : `a batch has been under way for ${stalledMs / 1_000} s`,
    },
  });
  const internalServer = await listen(internalApp, {
    host: settings.INTERNAL_HOST,
    port: settings.INTERNAL_PORT,
    settings: { host: 'INTERNAL_HOST', port: 'INTERNAL_PORT' },
  });
  logger.info(
    { internal: internalServer.url, broker: settings.BROKER, scan: settings.RELAY_CRON },
    'relay is up',
  );

  onShutdown({
    logger,
    process,
    deadlineMs: 15_000,
    steps: [
      ['scan', async () => scan.destroy()],
      ['batch in hand', () => relay.stop()],
      ['wake-ups', () => listener.close()],
      ['broker', () => publisher.close()],
      ['internal http', () => internalServer.close(2_000)],
      ['database', () => database.$disconnect()],
    ],
  });
});
