import { expect, it } from 'vitest';
import { createMetrics } from './metrics.js';
import { createPoolMetrics } from './pool-metrics.js';

it('shows the connections of each pool as they are at the scrape', async () => {
  const metrics = createMetrics('test');
  const watchPool = createPoolMetrics(metrics);
  const reads = { totalCount: 3, idleCount: 1, waitingCount: 0, options: { max: 3 } };
  watchPool('reads', reads);
  watchPool('counts', { totalCount: 0, idleCount: 0, waitingCount: 0, options: { max: 1 } });
  const lines = async () =>
    (await metrics.registry.metrics())
      .split('\n')
      .filter((line) => line.startsWith('database_') && line.includes('"reads"'))
      .map((line) => line.replace('pool="reads",', '').replace('service="test"', ''));
  expect(await lines()).toEqual([
    'database_pool_connections{state="busy",} 2',
    'database_pool_connections{state="idle",} 1',
    'database_pool_max_connections{} 3',
    'database_pool_waiting_requests{} 0',
  ]);
  Object.assign(reads, { idleCount: 0, waitingCount: 7 });
  expect(await lines()).toContain('database_pool_waiting_requests{} 7');
});
