// Test fixture: an order consumer with a recorded log, collected results and counted outcomes.
import type { SqlClient } from '@lmt/postgres';
import { createStallDetector } from '@lmt/resilience';
import { createMetrics } from '@lmt/service-kit';
import { recordLog } from '@lmt/service-kit/recorded-log';
import { collectResults } from '../inventory.fixture.js';
import { createOrderConsumer } from './consume-orders.js';

/** The consumer's time. */
export const NOW = '2026-01-01T00:00:01.000Z';

export function startConsumer(database: SqlClient, monotonicNow = () => performance.now()) {
  const stallDetector = createStallDetector({ activity: 'a batch', monotonicNow });
  const results = collectResults();
  const log = recordLog();
  const metrics = createMetrics('inventory');
  const { consume, lockReason } = createOrderConsumer({
    database,
    results,
    source: { system: 'kafka', topic: 'order-events', group: 'inventory' },
    logger: log.logger,
    metrics,
    now: () => new Date(NOW),
    sleep: async () => {},
    stallDetector,
    monotonicNow,
  });
  /** Returns the counter by outcome, without zeros. */
  async function counted(): Promise<Record<string, number>> {
    const lines = (await metrics.registry.metrics()).matchAll(
      /^inbox_messages_consumed_total\{.*outcome="(\w+)".*\} ([1-9]\d*)$/gm,
    );
    return Object.fromEntries([...lines].map(([, outcome, count]) => [outcome, Number(count)]));
  }
  return { consume, lockReason, sent: results.sent, log: log.lines, counted, stallDetector };
}
