import { z } from 'zod';
import { uuid } from '../fields.js';
import { sku } from '../order-item.js';
import { idempotencyKey } from '../orders.js';

/** Version of the HTTP and event contracts, as the documents state it. */
export const API_VERSION = '1.0.0';

export const idPath = z.object({ id: uuid });
export const skuPath = z.object({ sku });

/** Headers of a request that may be repeated. */
export const idempotent = z.object({
  'idempotency-key': idempotencyKey
    .optional()
    .describe('A repeated request with the same key gets the first answer and changes nothing.'),
});

/** Headers of the answer to such a request. */
export const REPLAYED = { 'Idempotency-Replayed': '`true` if this is the answer to an earlier request.' };

export const KEY_REUSED = 'The `Idempotency-Key` was used with another body.';

export const EXAMPLE_ID = '01a20374-15b6-7231-a82c-e4b3b47ade6c';
