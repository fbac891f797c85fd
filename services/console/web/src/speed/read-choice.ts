export const PERIODS = [5, 15, 60] as const;
export const PERCENTILES = ['p50', 'p95', 'p99'] as const;
export type Percentile = (typeof PERCENTILES)[number];

/** Reads the period and the percentile from the URL. Other values count as the default, the first. */
export function readChoice(params: URLSearchParams): {
  readonly minutes: (typeof PERIODS)[number];
  readonly of: Percentile;
} {
  return {
    minutes: PERIODS.find((period) => String(period) === params.get('minutes')) ?? PERIODS[0],
    of: PERCENTILES.find((percentile) => percentile === params.get('of')) ?? PERCENTILES[0],
  };
}
