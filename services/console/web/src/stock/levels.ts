import type { StockMovementView } from '@lmt/contracts';

export interface Level {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly available: number;
}

interface Source {
  /** The stock at `to`. */
  readonly available: number;
  /** Newest first. */
  readonly movements: readonly StockMovementView[];
  readonly from: number;
  readonly to: number;
}

/**
 * Computes the stock over time backwards from its present value: each level holds until the next
 * one. Starts at `from`, or later at the oldest movement that is known, which may have created the
 * SKU.
 */
export function toLevels({ available, movements, from, to }: Source): readonly Level[] {
  const newestFirst = movements
    .map(({ createdAt, delta }) => ({ at: Math.min(Date.parse(createdAt), to), delta }))
    .toSorted((a, b) => b.at - a.at);
  const levels: Level[] = [{ at: to, available }];
  let level = available;
  for (const { at, delta } of newestFirst) {
    if (at <= from) return [{ at: from, available: level }, ...levels];
    // Of several movements at one time the newest sets the level.
    if (levels[0]?.at !== at) levels.unshift({ at, available: level });
    level -= delta;
  }
  return levels;
}
