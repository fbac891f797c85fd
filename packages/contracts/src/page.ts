import { z } from 'zod';
import { listOf, wholeNumber } from './fields.js';

export const MAX_PAGE_LIMIT = 200;
const expected = `expected a whole number from 1 to ${MAX_PAGE_LIMIT}`;

/** Query parameter `limit` of every list. */
export const pageLimit = z
  .string()
  .regex(/^[0-9]{1,4}$/, { error: expected })
  .transform(Number)
  .pipe(wholeNumber(1, MAX_PAGE_LIMIT))
  .default(50);

/** Query parameter `cursor` of a list sorted by uuid: the `nextCursor` of the previous page. */
export const pageCursor = z.uuid({ error: 'expected the nextCursor of an earlier page' }).optional();

/** The fields of a page of a list. */
export const pageOf = <S extends z.ZodType>(item: S) => ({
  items: listOf(item),
  nextCursor: z.string().nullable().describe('Null on the last page.'),
});

/** The fields of a page whose request reads a bounded number of rows, such as `orders placed`. */
export const scanned = (rows: string) => ({
  complete: z.boolean().describe('False if the page ends early. `nextCursor` continues.'),
  scannedTo: z
    .string()
    .nullable()
    .describe(`Null if the page is complete. Otherwise the request read the ${rows} since this time.`),
});

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
