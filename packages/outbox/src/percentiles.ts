export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/**
 * Returns the nearest-rank percentiles: p95 is the smallest of the values that at least 95 % of
 * them do not exceed. Null without values.
 */
export function toPercentiles(values: readonly number[]): Percentiles | null {
  const sorted = values.toSorted((a, b) => a - b);
  const rank = (percent: number) => sorted[Math.ceil((sorted.length * percent) / 100) - 1];
  const [p50, p95, p99] = [rank(50), rank(95), rank(99)];
  if (p50 === undefined || p95 === undefined || p99 === undefined) return null;
  return { p50, p95, p99 };
}
