import { z } from 'zod';

export const MAX_ITEMS = 100;
export const MAX_QUANTITY = 1_000_000;

/** A stock keeping unit: letters, digits, dot, dash and underscore. */
export const sku = z.string({ error: 'expected a string' }).regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, {
  error: 'expected 1 to 64 letters, digits, dots, dashes or underscores, the first a letter or digit',
});

const fields = {
  sku,
  quantity: z
    .int({ error: `expected a whole number from 1 to ${MAX_QUANTITY}` })
    .min(1, { error: `expected a whole number from 1 to ${MAX_QUANTITY}` })
    .max(MAX_QUANTITY, { error: `expected a whole number from 1 to ${MAX_QUANTITY}` }),
};
const orderItem = z.strictObject(fields);
export type OrderItem = z.infer<typeof orderItem>;

function listOf<S extends z.ZodType<OrderItem>>(item: S) {
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
            message: `expected each sku once: ${item.sku} stands in an earlier item`,
          });
        }
        seen.add(item.sku);
      });
    });
}

/** 1 to 100 lines, each sku once. */
export const orderItems = listOf(orderItem);

/** The same as a consumer reads them: a field that a newer producer added is passed over. */
export const placedItems = listOf(z.object(fields));
