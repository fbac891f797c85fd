// Collects the problems that one look finds. Beyond a limit, problems are counted but not kept.
import type { InvariantId } from './invariants.js';

export interface Finding {
  readonly invariant: InvariantId;
  /** Identifies the problem across looks. */
  readonly key: string;
  /** The order, message, SKU or session that has the problem. */
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
    /** Returns the key of each problem, or null if some problems were not kept. */
    keys(): string[] | null {
      if ([...counts.values()].some((count) => count > KEPT_PER_INVARIANT)) return null;
      return [...new Set([...kept.values()].map(({ key }) => key))];
    },
    add(finding: Finding) {
      const name = `${finding.invariant} ${finding.key}`;
      if (kept.has(name)) return;
      const count = (counts.get(finding.invariant) ?? 0) + 1;
      counts.set(finding.invariant, count);
      if (count <= KEPT_PER_INVARIANT) kept.set(name, finding);
    },
  };
}

/**
 * Returns the problems that both looks found. If either look could not keep all its findings,
 * returns those of the later look.
 */
export function intersectFindings(earlier: Findings, later: Findings): Findings {
  if (earlier.keys() === null || later.keys() === null) return later;
  const both = createFindings();
  for (const [name, finding] of later.kept) if (earlier.kept.has(name)) both.add(finding);
  return both;
}
