const UNFOLDED = 30;
const FIRST = 8;
const LAST = 16;

/**
 * Chooses the steps that a long timeline hides: retries between its beginning and its end. Null if
 * it is short enough to show all.
 */
export function foldSteps(count: number): { readonly from: number; readonly to: number } | null {
  return count <= UNFOLDED ? null : { from: FIRST, to: count - LAST };
}
