import { z } from 'zod';
import { wholeNumber } from './fields.js';

const MAX_ITEMS = 100;
export const MAX_QUANTITY = 1_000_000;

/** A stock keeping unit: letters, digits, dot, dash and underscore. */
export const sku = z.string({ error: 'expected a string' }).regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, {
  error: 'expected 1 to 64 letters, digits, dots, dashes or underscores, the first a letter or digit',
});

const fields = {
  sku,
  quantity: wholeNumber(1, MAX_QUANTITY),
};
const orderItem = z.strictObject(fields);
export type OrderItem = z.infer<typeof orderItem>;

function itemList<S extends z.ZodType<OrderItem>>(item: S) {
  return z
    .array(item, { error: 'expected a list of items' })
    .min(1, { error: `expected 1 to ${MAX_ITEMS} items` })
    .max(MAX_ITEMS, { error: `expected 1 to ${MAX_ITEMS} items` })
    .check((context) => {
      const seen = new Set<string>();
      context.value.forEach((item, index) => {
        if (seen.has(item.sku)) {
          context.issues.push({
            code: 'custom',
            input: item.sku,
            path: [index, 'sku'],
            message: `expected each sku once: an earlier item has ${item.sku} too`,
          });
        }
        seen.add(item.sku);
      });
    });
}

/** The items of a request: 1 to 100, each sku once. */
export const orderItems = itemList(orderItem);

/** The items of an event. Unknown fields are ignored, so that a newer producer can add some. */
export const placedItems = itemList(z.object(fields));
