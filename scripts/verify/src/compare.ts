// Compares two sorted streams of rows, one from each database, in bounded memory.
import type { DatabaseReader } from './database-reader.js';
import type { Findings } from './findings.js';
import type { InvariantId } from './invariants.js';

interface Row {
  readonly id: string;
}
/** @param id id of the offender; by default the id of the compared rows */
export type Report = (invariant: InvariantId, problem: string, id?: string) => void;
/** Returns SQL that restricts a uuid column to the compared ids. */
export type Among = (column: string) => string;

/**
 * Creates a comparison of two queries, each sorted by id. `check` gets each pair of rows with the
 * same id, and null in place of a missing row. The comparison covers the ids in `only`, or all ids
 * if `only` is null.
 */
export const createComparison =
  <L extends Row, R extends Row>(
    orderSql: (among: Among) => string,
    inventorySql: (among: Among) => string,
    check: (left: L | null, right: R | null, report: Report) => void,
  ) =>
  async (
    order: DatabaseReader,
    inventory: DatabaseReader,
    findings: Findings,
    only: readonly string[] | null,
  ) => {
    const invalid = only?.find((id) => !/^[0-9a-f-]{36}$/.test(id));
    if (invalid !== undefined) throw new RangeError(`not a uuid: ${invalid}`);
    // The ids are inlined because a cursor takes no parameters.
    const among: Among = (column) => (only ? `${column} = ANY('{${only.join(',')}}'::uuid[])` : 'true');
    await mergeById(
      order.rows<L>(orderSql(among)),
      inventory.rows<R>(inventorySql(among)),
      (left, right, key) =>
        check(left, right, (invariant, problem, id = key) => findings.add({ invariant, key, id, problem })),
    );
  };

/** Merges two streams sorted by id. Uuids sort as text in the same order as in Postgres. */
async function mergeById<L extends Row, R extends Row>(
  lefts: AsyncGenerator<L, null>,
  rights: AsyncGenerator<R, null>,
  visit: (left: L | null, right: R | null, id: string) => void,
): Promise<void> {
  let [{ value: left }, { value: right }] = await Promise.all([lefts.next(), rights.next()]);
  let matched: string | null = null;
  while (left || right) {
    if (left && (!right || left.id <= right.id)) {
      const counterpart = left.id === right?.id ? right : null;
      visit(left, counterpart, left.id);
      if (counterpart) matched = left.id;
      left = (await lefts.next()).value;
    } else if (right) {
      if (right.id !== matched) visit(null, right, right.id);
      right = (await rights.next()).value;
    }
  }
}
