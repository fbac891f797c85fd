import { z } from 'zod';
import { list, view, wholeNumber } from './fields.js';

const MAX_ITEMS = 100;
export const MAX_QUANTITY = 1_000_000;

/** A stock keeping unit: letters, digits, dots, dashes and underscores. */
export const sku = z.string({ error: 'expected a string' }).regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, {
  error: 'expected 1 to 64 letters, digits, dots, dashes or underscores, the first a letter or digit',
});

const fields = { sku, quantity: wholeNumber(1, MAX_QUANTITY) };
const orderItem = z.strictObject(fields);
export type OrderItem = z.infer<typeof orderItem>;

/** An item in an answer. */
export const itemView = view({ ...fields }).meta({ id: 'OrderItem' });

function itemList<S extends z.ZodType<OrderItem>>(item: S) {
  return list(item, 'items', MAX_ITEMS).check(({ value, issues }) => {
    const seen = new Set<string>();
    value.forEach(({ sku }, index) => {
      const message = `expected each sku once: an earlier item has ${sku} too`;
      if (seen.has(sku)) issues.push({ code: 'custom', input: sku, path: [index, 'sku'], message });
      seen.add(sku);
    });
  });
}

/** The items of a request: 1 to 100, each sku once. */
export const orderItems = itemList(orderItem);

/** The items of an event. Unknown fields are ignored, so a newer producer can add fields. */
export const placedItems = itemList(z.object(fields));
