// Reads two streams sorted by id side by side, in bounded memory.

interface Row {
  readonly id: string;
}

/**
 * Calls `visit` with each pair of rows of one id, and with each row that has no counterpart. An id
 * that occurs several times on one side is visited once for each row. Ids are compared as text,
 * which for uuids is the order in which Postgres sorts them.
 */
export async function mergeById<L extends Row, R extends Row>(
  leftChunks: AsyncIterable<L[]>,
  rightChunks: AsyncIterable<R[]>,
  visit: (left: L | null, right: R | null) => void,
): Promise<void> {
  const left = createStream(leftChunks);
  const right = createStream(rightChunks);
  await Promise.all([left.load(), right.load()]);
  let matched: string | null = null;
  for (;;) {
    if (left.isSpent()) await left.load();
    if (right.isSpent()) await right.load();
    const l = left.row();
    const r = right.row();
    if (l === null && r === null) return;
    if (r === null || (l !== null && l.id < r.id)) {
      visit(l, null);
      left.next();
    } else if (l === null || r.id < l.id) {
      if (r.id !== matched) visit(null, r);
      right.next();
    } else {
      visit(l, r);
      matched = r.id;
      left.next();
    }
  }
}

function createStream<T>(chunks: AsyncIterable<T[]>) {
  const iterator = chunks[Symbol.asyncIterator]();
  let rows: T[] = [];
  let position = 0;
  let ended = false;
  return {
    isSpent: () => position === rows.length && !ended,
    row: () => rows[position] ?? null,
    next() {
      position += 1;
    },
    async load() {
      do {
        const chunk = await iterator.next();
        ended = chunk.done === true;
        rows = chunk.done ? [] : chunk.value;
        position = 0;
      } while (rows.length === 0 && !ended);
    },
  };
}
