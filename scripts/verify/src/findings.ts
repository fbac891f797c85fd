// The problems that one look found. Bounded: beyond a limit, problems are counted but not kept.
import type { InvariantId } from './invariants.js';

export interface Finding {
  readonly invariant: InvariantId;
  /** Identifies the same problem at the next look. */
  readonly key: string;
  /** The order, message, SKU or session that is wrong. */
  readonly id: string;
  readonly problem: string;
}
export type Findings = ReturnType<typeof createFindings>;

const KEPT_PER_INVARIANT = 1_000;

export function createFindings() {
  const kept = new Map<string, Finding>();
  const counts = new Map<InvariantId, number>();
  return {
    kept,
    counts,
    hasOverflowed: () => [...counts.values()].some((count) => count > KEPT_PER_INVARIANT),
    /** @param times more than 1: further problems of this kind are not listed */
    add(finding: Finding, times = 1) {
      const name = `${finding.invariant} ${finding.key}`;
      if (kept.has(name)) return;
      const count = counts.get(finding.invariant) ?? 0;
      counts.set(finding.invariant, count + times);
      if (count < KEPT_PER_INVARIANT) kept.set(name, finding);
    },
  };
}

/**
 * Problems that both looks found. When one look could not keep all of its findings, the later one
 * counts.
 */
export function intersectFindings(earlier: Findings, later: Findings): Findings {
  if (earlier.hasOverflowed() || later.hasOverflowed()) return later;
  const both = createFindings();
  for (const [name, finding] of later.kept) if (earlier.kept.has(name)) both.add(finding);
  return both;
}
