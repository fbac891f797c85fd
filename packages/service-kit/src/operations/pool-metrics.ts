import type { Metrics } from './metrics.js';

/** The parts of a node-postgres pool that its metrics read. */
export interface PoolUsage {
  readonly totalCount: number;
  readonly idleCount: number;
  /** Callers that wait for a connection. */
  readonly waitingCount: number;
  readonly options: { readonly max: number };
}

/** Registers gauges of database pools, which are read at each scrape. Returns a function that adds a pool. */
export function createPoolMetrics(metrics: Metrics): (name: string, pool: PoolUsage) => void {
  const pools = new Map<string, PoolUsage>();
  metrics.gauge({
    name: 'database_pool_connections',
    help: 'Open connections of a pool, by state',
    labelNames: ['pool', 'state'],
    collect() {
      for (const [pool, { totalCount, idleCount }] of pools) {
        this.set({ pool, state: 'busy' }, totalCount - idleCount);
        this.set({ pool, state: 'idle' }, idleCount);
      }
    },
  });
  metrics.gauge({
    name: 'database_pool_max_connections',
    help: 'Maximum number of connections of a pool',
    labelNames: ['pool'],
    collect() {
      for (const [pool, { options }] of pools) this.set({ pool }, options.max);
    },
  });
  metrics.gauge({
    name: 'database_pool_waiting_requests',
    help: 'Callers that wait for a connection of a pool',
    labelNames: ['pool'],
    collect() {
      for (const [pool, { waitingCount }] of pools) this.set({ pool }, waitingCount);
    },
  });
  return (name, pool) => void pools.set(name, pool);
}
