import type { RequestHandler } from 'express';
import {
  Counter,
  type CounterConfiguration,
  collectDefaultMetrics,
  Gauge,
  type GaugeConfiguration,
  Histogram,
  type HistogramConfiguration,
  type LabelValues,
  Registry,
} from 'prom-client';

/** The metrics of a process, in a registry of their own. */
export type Metrics = ReturnType<typeof createMetrics>;

/**
 * How often the event-loop delay is sampled. prom-client's 10 ms woke an idle process 100 times a
 * second, two thirds of its CPU time. Node counts the interval itself as delay, so an idle process
 * shows 100 ms.
 */
const EVENT_LOOP_SAMPLE_MS = 100;

/** Gauges with the suffix of a counter. Each is the sum of the gauge without the suffix. */
const MISNAMED = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

/** Labels every metric with the service. Includes Node's own (memory, GC, event-loop delay). */
export function createMetrics(service: string) {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: EVENT_LOOP_SAMPLE_MS });
  for (const name of MISNAMED) registry.removeSingleMetric(name);
  const registers = [registry];
  return {
    registry,
    /**
     * Creates a counter that has the value 0 for each of `initial`. A counter that appears with its
     * first event would hide that event from Prometheus' rate() and increase().
     */
    counter<L extends string = never>(
      options: CounterConfiguration<L>,
      initial: readonly LabelValues<L>[] = [],
    ) {
      const counter = new Counter({ ...options, registers });
      for (const labels of initial) counter.inc(labels, 0);
      return counter;
    },
    gauge: <L extends string = never>(options: GaugeConfiguration<L>) => new Gauge({ ...options, registers }),
    histogram: <L extends string = never>(options: HistogramConfiguration<L>) =>
      new Histogram({ ...options, registers }),
  };
}

/** Times answered requests. The label `route` is the route's pattern, so it has few values. */
export function timeRequests(metrics: Metrics): RequestHandler {
  const histogram = metrics.histogram({
    name: 'http_request_duration_seconds',
    help: 'Seconds from the request headers to the end of the response',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
  });
  return (request, response, next) => {
    const start = performance.now();
    response.once('finish', () => {
      const path: unknown = request.route?.path;
      const route = typeof path === 'string' ? request.baseUrl + path : 'none';
      const seconds = (performance.now() - start) / 1_000;
      histogram.observe({ method: request.method, route, status: response.statusCode }, seconds);
    });
    next();
  };
}
