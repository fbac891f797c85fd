import {
  Counter,
  type CounterConfiguration,
  collectDefaultMetrics,
  Gauge,
  type GaugeConfiguration,
  Histogram,
  type HistogramConfiguration,
  Registry,
} from 'prom-client';

type Unregistered<C> = Omit<C, 'registers'>;

/** A process's metrics, in a registry of their own. */
export interface Metrics {
  counter<L extends string = never>(configuration: Unregistered<CounterConfiguration<L>>): Counter<L>;
  gauge<L extends string = never>(configuration: Unregistered<GaugeConfiguration<L>>): Gauge<L>;
  histogram<L extends string = never>(configuration: Unregistered<HistogramConfiguration<L>>): Histogram<L>;
  /** All of them as Prometheus reads them. */
  text(): Promise<string>;
  readonly contentType: string;
}

/** Metrics labelled with the service, with node's own (memory, garbage collection, event loop delay). */
export function createMetrics(service: string): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    counter: (configuration) => new Counter({ ...configuration, registers }),
    gauge: (configuration) => new Gauge({ ...configuration, registers }),
    histogram: (configuration) => new Histogram({ ...configuration, registers }),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
