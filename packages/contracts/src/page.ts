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

/** Query parameter `cursor` of a list sorted by uuid: the `nextCursor` of the previous page. */
export const pageCursor = z.uuid({ error: 'expected the nextCursor of an earlier page' }).optional();

/** A page of a list. `nextCursor` is null on the last page. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

/** Builds a page from rows read in `key` order. Fewer rows than `limit` mean the last page. */
export function toPage<K extends string, T extends Readonly<Record<K, string>>>(
  items: readonly T[],
  limit: number,
  key: K,
): Page<T> {
  return { items, nextCursor: items.length < limit ? null : (items.at(-1)?.[key] ?? null) };
}
