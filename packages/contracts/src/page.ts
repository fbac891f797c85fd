import { z } from 'zod';

export const MAX_PAGE_LIMIT = 200;
const expected = `expected a whole number from 1 to ${MAX_PAGE_LIMIT}`;

/** Query parameter `limit` of every list. */
export const pageLimit = z
  .string()
  .regex(/^[0-9]{1,4}$/, { error: expected })
  .transform(Number)
  .refine((limit) => limit >= 1 && limit <= MAX_PAGE_LIMIT, { error: expected })
  .default(50);

/** Query parameter `cursor` of a list of items with a uuid: the `nextCursor` of the page before. */
export const pageCursor = z.uuid({ error: 'expected the nextCursor of an earlier page' }).optional();

/** A page of a list. `nextCursor` is null on the last one. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

/** A page of rows, read with LIMIT `limit` in the order of `key`. A short page is the last one. */
export function toPage<K extends string, T extends Readonly<Record<K, string>>>(
  items: readonly T[],
  limit: number,
  key: K,
): Page<T> {
  return { items, nextCursor: items.length < limit ? null : (items.at(-1)?.[key] ?? null) };
}
