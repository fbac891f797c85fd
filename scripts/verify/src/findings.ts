// What one look at the data found to be wrong. Bounded: of a table that is wrong from end to end the
// first are kept and the rest are counted.

import type { InvariantId } from './invariants.js';
export interface Finding {
  invariant: InvariantId;
  /** what a second look finds it by */
  key: string;
  /** of the order, message, sku or session that is wrong */
  id: string;
  problem: string;
}
export type Findings = ReturnType<typeof createFindings>;

const keptPerInvariant = 1_000;

export function createFindings() {
  const kept: Map<string, Finding> = new Map();
  const counts: Map<InvariantId, number> = new Map();
  return {
    kept,
    counts,
    /** Whether some were only counted. */
    get overflowed() {
      return [...counts.values()].some((count) => count > keptPerInvariant);
    },
    /** @param times more of its kind that are not listed */
    add(finding: Finding, times: number = 1) {
      const name = `${finding.invariant} ${finding.key}`;
      if (kept.has(name)) return;
      const count = counts.get(finding.invariant) ?? 0;
      counts.set(finding.invariant, count + times);
      if (count < keptPerInvariant) kept.set(name, finding);
    },
  };
}

/** What two looks agree on. Where the first could not keep all it found, the second stands alone. */
export function foundAgain(earlier: Findings, later: Findings) {
  if (earlier.overflowed || later.overflowed) return later;
  const again = createFindings();
  for (const [name, finding] of later.kept) if (earlier.kept.has(name)) again.add(finding);
  return again;
}
