import { z } from 'zod';

export const MAX_ITEMS = 100;
export const MAX_QUANTITY = 1_000_000;

/** A stock keeping unit: letters, digits, dot, dash and underscore. */
export const sku = z.string({ error: 'expected a string' }).regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, {
  error: 'expected 1 to 64 letters, digits, dots, dashes or underscores, the first a letter or digit',
});

export const orderItem = z.strictObject({
  sku,
  quantity: z
    .int({ error: `expected a whole number from 1 to ${MAX_QUANTITY}` })
    .min(1, { error: `expected a whole number from 1 to ${MAX_QUANTITY}` })
    .max(MAX_QUANTITY, { error: `expected a whole number from 1 to ${MAX_QUANTITY}` }),
});
export type OrderItem = z.infer<typeof orderItem>;

/** 1 to 100 lines, each sku once. */
export const orderItems = z
  .array(orderItem, { error: 'expected a list of items' })
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
