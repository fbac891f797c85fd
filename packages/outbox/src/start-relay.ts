import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Publisher } from '@lmt/messaging';
import { schedule } from 'node-cron';
import { createClaimScan } from './claim-scan.js';
import { OLD_MESSAGES } from './enqueue.js';
import { createPublishLoop, type PublishLoop, type PublishObserver } from './publish-loop.js';
import { createPurge, PURGE_BATCH } from './purge-finished.js';
import type { RetryPolicy } from './retry-policy.js';
import type { Sql } from './sql.js';
import { listenForWakeUps } from './wake-up-listener.js';

/** Observes the relay, for logs and metrics. Must not throw. */
export interface RelayObserver extends PublishObserver {
  /** The wake-up connection broke. Until the relay reconnects, cron ticks find the messages. */
  listenerLost?(error: Error): void;
  /** The purge of a tick ended. It may have had nothing to delete. */
  messagesPurged?(count: number): void;
  /** The purge is retried at the next tick. */
  purgeFailed?(error: unknown): void;
}

export interface RelayOptions {
  /** A PrismaClient or `createSql` client of the database, with RELAY_SESSION_SETTINGS. */
  readonly sql: Sql;
  /** URL of the same database, for the connection that listens for new messages. */
  readonly databaseUrl: string;
  /** The caller must close it after `stop`. */
  readonly publisher: Publisher;
  readonly observer?: RelayObserver;
  /** Cron expression of the ticks that claim all due messages. Default: every 5 s. */
  readonly cron?: string;
  /** Default: 10 s result deadline, then a back-off that doubles from 5 s up to 5 minutes. */
  readonly policy?: RetryPolicy;
  readonly batchSize?: number;
  /**
   * Must exceed the publisher's time-out by a second, or another relay may publish a batch still in
   * flight.
   */
  readonly leaseSeconds?: number;
  /** How long finished messages are kept. Default: a week. */
  readonly retentionHours?: number;
}

export interface Relay extends PublishLoop {
  /** False while the wake-up connection is down and new messages wait for the next tick. */
  isListening(): boolean;
}

const EVERY_5_SECONDS = '*/5 * * * * *';
const POLICY: RetryPolicy = { resultDeadlineMs: 10_000, baseMs: 5_000, capMs: 300_000 };
const RECONNECT_MS = 1_000;
const SHORTEST_STALL_MS = 30_000;

/**
 * Starts a relay, which republishes each message until a result completes it, and purges finished
 * messages. NOTIFY wakes the relay for new messages. Cron ticks find all other due messages. Any
 * number of relays may share a table.
 */
export function startRelay(options: RelayOptions): Relay {
  const { sql, databaseUrl, publisher, observer = {}, cron = EVERY_5_SECONDS, policy = POLICY } = options;
  const { batchSize = 500, leaseSeconds = 30, retentionHours = 168 } = options;
  const monotonicNow = () => performance.now();
  const scan = createClaimScan({ monotonicNow });
  const loop = createPublishLoop({
    sql,
    scan,
    publisher,
    policy,
    batchSize,
    leaseSeconds,
    observer,
    // A batch that outlives its lease is stalled: another relay may publish it too.
    stallMs: Math.max(SHORTEST_STALL_MS, leaseSeconds * 1_000),
    random: Math.random,
    newToken: randomUUID,
    monotonicNow,
    sleep: (ms, signal) => delay(ms, undefined, { signal }).catch(() => {}),
  });
  function claimEverything(): void {
    scan.requestComplete();
    loop.wake();
  }
  const listener = listenForWakeUps({
    url: databaseUrl,
    reconnectMs: RECONNECT_MS,
    onWakeUp: (payload) => (payload === OLD_MESSAGES ? claimEverything() : loop.wake()),
    onLost: (error) => observer.listenerLost?.(error),
  });

  let stopped = false;
  let purging: Promise<void> | null = null;
  const purgeBatch = createPurge({
    sql,
    retentionSeconds: retentionHours * 3_600,
    monotonicNow,
  });
  async function purge(): Promise<void> {
    let purged = 0;
    try {
      for (let deleted = PURGE_BATCH; deleted === PURGE_BATCH && !stopped; purged += deleted) {
        deleted = await purgeBatch();
      }
      observer.messagesPurged?.(purged);
    } catch (error) {
      if (purged > 0) observer.messagesPurged?.(purged);
      observer.purgeFailed?.(error);
    }
  }
  function tick(): void {
    claimEverything();
    purging ??= purge().finally(() => {
      purging = null;
    });
  }
  // Missed ticks need no warning: each tick claims everything that is due.
  const ticks = schedule(cron, tick, { suppressMissedWarning: true });

  return {
    ...loop,
    isListening: listener.isListening,
    async stop() {
      stopped = true;
      await ticks.destroy();
      await Promise.all([loop.stop(), purging]);
      await listener.close();
    },
  };
}
