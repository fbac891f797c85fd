import type { Health } from './views.ts';

type Counters = Readonly<Record<string, number>>;

/** The counters of all instances of a service, added up, since the first sample. `service.counter`. */
export interface Sample {
  readonly at: number;
  readonly totals: Counters;
}

export interface Series {
  /** Oldest first. */
  readonly samples: readonly Sample[];
  /** The last known counters of each instance. An instance that does not answer keeps them. */
  readonly instances: Readonly<Record<string, Counters>>;
}

export const EMPTY_SERIES: Series = { samples: [], instances: {} };

const KEPT_MS = 130_000;

/**
 * Adds an answer of `GET /health`. Counters start at 0 with their process, so a counter that went down
 * has counted its whole value since the last sample. The counts of a new instance from before its
 * first answer are not added.
 */
export function appendSample(series: Series, health: Health): Series {
  const at = Date.parse(health.at);
  const last = series.samples.at(-1);
  if (last !== undefined && at <= last.at) return series;
  const totals: Record<string, number> = { ...last?.totals };
  const instances: Record<string, Counters> = { ...series.instances };
  for (const service of health.services) {
    for (const { address, counters } of service.instances) {
      const id = `${service.name} ${address}`;
      const before = instances[id];
      for (const [name, value] of Object.entries(counters)) {
        const known = before?.[name] ?? (before === undefined ? value : 0);
        const key = `${service.name}.${name}`;
        totals[key] = (totals[key] ?? 0) + (value < known ? value : value - known);
      }
      if (Object.keys(counters).length > 0) instances[id] = counters;
    }
  }
  const samples = [...series.samples.filter((sample) => at - sample.at <= KEPT_MS), { at, totals }];
  return { samples, instances };
}

/** The rate per second of a counter over the last `windowMs`, or null until there are two samples. */
export function computeRate({ samples }: Series, key: string, windowMs = 5_000): number | null {
  const last = samples.at(-1);
  // One sample at least lies before the last one, even if samples are further apart than the window.
  const first = samples.find((sample) => last !== undefined && last.at - sample.at <= windowMs);
  const from = first === last ? samples.at(-2) : first;
  if (last === undefined || from === undefined) return null;
  return (((last.totals[key] ?? 0) - (from.totals[key] ?? 0)) * 1_000) / (last.at - from.at);
}

export interface RatePoint {
  readonly at: number;
  readonly perSecond: number;
}

/** The rate between each two neighbouring samples. */
export function computeRates({ samples }: Series, key: string): readonly RatePoint[] {
  return samples.slice(1).flatMap((sample, index) => {
    const before = samples[index];
    if (before === undefined) return [];
    const delta = (sample.totals[key] ?? 0) - (before.totals[key] ?? 0);
    return [{ at: sample.at, perSecond: (delta * 1_000) / (sample.at - before.at) }];
  });
}
