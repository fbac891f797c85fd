import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Publisher } from '@lmt/messaging';
import { createRelay, listenForWakeUps, type RelayObserver, type Sql } from '@lmt/outbox';
import { schedule } from 'node-cron';

export interface BookingRelayOptions {
  readonly database: Sql;
  readonly databaseUrl: string;
  readonly publisher: Publisher;
  readonly observer: RelayObserver;
}

/** Steps 2 and 3, in a process of its own or beside the service: publishes until a result is there. */
export function relayBookings({ database, databaseUrl, publisher, observer }: BookingRelayOptions) {
  const relay = createRelay({
    sql: database,
    publisher,
    observer,
    policy: { resultDeadlineMs: 10_000, baseMs: 5_000, capMs: 300_000 },
    batchSize: 500,
    leaseSeconds: 30,
    random: Math.random,
    newToken: randomUUID,
    monotonicNow: () => performance.now(),
    sleep: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => {}),
  });
  // A new message is published at once; what is due for any other reason, at the next tick.
  const listener = listenForWakeUps({
    url: databaseUrl,
    reconnectMs: 1_000,
    onWakeUp: relay.wake,
    onLost: () => {},
  });
  const scan = schedule('*/5 * * * * *', () => relay.wake(), { suppressMissedWarning: true });
  return {
    async stop(): Promise<void> {
      await scan.destroy();
      await listener.close();
      await relay.stop();
    },
  };
}
