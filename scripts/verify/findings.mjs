// What one look at the data found to be wrong. Bounded: of a table that is wrong from end to end the
// first are kept and the rest are counted.

/** @typedef {import('./invariants.mjs').InvariantId} InvariantId */
/**
 * @typedef {object} Finding
 * @property {InvariantId} invariant
 * @property {string} key what a second look finds it by
 * @property {string} id of the order, message, sku or session that is wrong
 * @property {string} problem
 */
/** @typedef {ReturnType<typeof createFindings>} Findings */

const keptPerInvariant = 1_000;

export function createFindings() {
  /** @type {Map<string, Finding>} */
  const kept = new Map();
  /** @type {Map<InvariantId, number>} */
  const counts = new Map();
  return {
    kept,
    counts,
    /** Whether some were only counted. */
    get overflowed() {
      return [...counts.values()].some((count) => count > keptPerInvariant);
    },
    /** @param {Finding} finding @param {number} [times] more of its kind that are not listed */
    add(finding, times = 1) {
      const name = `${finding.invariant} ${finding.key}`;
      if (kept.has(name)) return;
      const count = counts.get(finding.invariant) ?? 0;
      counts.set(finding.invariant, count + times);
      if (count < keptPerInvariant) kept.set(name, finding);
    },
  };
}

/**
 * What two looks agree on. Where the first could not keep all it found, the second stands alone.
 *
 * @param {Findings} earlier
 * @param {Findings} later
 */
export function foundAgain(earlier, later) {
  if (earlier.overflowed || later.overflowed) return later;
  const again = createFindings();
  for (const [name, finding] of later.kept) if (earlier.kept.has(name)) again.add(finding);
  return again;
}
