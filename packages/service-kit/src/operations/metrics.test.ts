import { expect, it, vi } from 'vitest';
import { createMetrics } from './metrics.js';

it('samples the event-loop delay at most 20 times a second, so that an idle process sleeps', async () => {
  const { registry } = createMetrics('test');
  const shortest = async () => {
    const metric = registry.getSingleMetric('nodejs_eventloop_lag_min_seconds');
    await registry.getSingleMetric('nodejs_eventloop_lag_seconds')?.get();
    return (await metric?.get())?.values[0]?.value ?? 0;
  };
  const isSample = (seconds: number) => seconds > 0 && seconds < 60;
  // Each read starts a new histogram, so reads are further apart than two samples.
  const sampled = await vi.waitUntil(
    async () => {
      const seconds = await shortest();
      return isSample(seconds) && seconds;
    },
    { timeout: 10_000, interval: 400 },
  );
  expect(sampled).toBeGreaterThan(0.05);
});

it('shows 0 for each known label of a counter before its first event', async () => {
  const metrics = createMetrics('test');
  const counter = metrics.counter({ name: 'results_total', help: 'Results', labelNames: ['status'] }, [
    { status: 'applied' },
    { status: 'unknown' },
  ]);
  counter.inc({ status: 'unknown' });
  const text = await metrics.registry.metrics();
  expect(text).toContain('results_total{status="applied",service="test"} 0');
  expect(text).toContain('results_total{status="unknown",service="test"} 1');
});

it('names only counters with the suffix of a counter', async () => {
  const metrics = await createMetrics('test').registry.getMetricsAsJSON();
  const misnamed = metrics.filter(
    ({ name, type }) => name.endsWith('_total') !== (String(type) === 'counter'),
  );
  expect(misnamed.map(({ name }) => name)).toEqual([]);
});
