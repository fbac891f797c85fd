export interface ChunkLimit {
  readonly bytes: number;
  readonly count: number;
}

/**
 * Splits items, in order, into chunks within the limit. An item larger than the limit gets its own
 * chunk, so if the receiver refuses that chunk, no other item is affected or sent twice.
 */
export function splitIntoChunks<T>(
  items: readonly T[],
  limit: ChunkLimit,
  toBytes: (item: T) => number,
): T[][] {
  const chunks: T[][] = [];
  let chunk: T[] = [];
  let bytes = 0;
  for (const item of items) {
    const size = toBytes(item);
    if (chunk.length > 0 && (bytes + size > limit.bytes || chunk.length === limit.count)) {
      chunks.push(chunk);
      chunk = [];
      bytes = 0;
    }
    chunk.push(item);
    bytes += size;
  }
  if (chunk.length > 0) chunks.push(chunk);
  return chunks;
}
