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
