// Tests the rule of each field and the field name in the error. stock/routes.integration.test.ts
// tests once per route that such an error becomes a 400.
import { parse as parseQuery } from 'node:querystring';
import { listMovementsQuery, listStockQuery, sku, stockAdjustmentRequest } from '@lmt/contracts';
import { parseInput } from '@lmt/service-kit';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';

/** Returns the paths of the fields in the error. A string value is parsed as JSON. */
function findFaults(schema: z.ZodType, value: unknown): string[] {
  try {
    parseInput(schema, typeof value === 'string' ? JSON.parse(value) : value, 'body');
  } catch (error) {
    const { errors = [] } = error as { readonly errors?: readonly { readonly path: string }[] };
    return errors.map(({ path }) => path);
  }
  return [];
}

describe('a sku in a path', () => {
  it.each(['a b', '\u0000', '{"not":""}', ''])('cannot be %j', (value) => {
    expect(sku.safeParse(value).success).toBe(false);
  });
});

describe('GET /stock', () => {
  it.each([
    ['limit=0', 'limit'],
    ['limit=201', 'limit'],
    ['limit=1&limit=2', 'limit'],
    ['cursor=%00', 'cursor'],
    ['order=sku', 'order'],
  ])('rejects %s', (query, field) => {
    expect(findFaults(listStockQuery, parseQuery(query))).toContain(field);
  });
});

describe('GET /stock/:sku/movements', () => {
  it.each([
    ['cursor=-1', 'cursor'],
    ['cursor=99999999999999999999', 'cursor'],
  ])('rejects %s', (query, field) => {
    expect(findFaults(listMovementsQuery, parseQuery(query))).toContain(field);
  });
});

describe('POST /stock/:sku/adjustments', () => {
  it.each<[string, unknown, string]>([
    ['delta', { delta: 0, reason: 'x' }, 'delta'],
    ['delta', { delta: 1.5, reason: 'x' }, 'delta'],
    ['delta', { delta: 1e9, reason: 'x' }, 'delta'],
    ['delta', { delta: '1', reason: 'x' }, 'delta'],
    ['delta', { reason: 'x' }, 'delta'],
    ['reason', { delta: 1 }, 'reason'],
    ['reason', { delta: 1, reason: '' }, 'reason'],
    ['reason', { delta: 1, reason: 'a\u0000b' }, 'reason'],
    ['reason', { delta: 1, reason: '\ud800' }, 'reason'],
    ['reason', { delta: 1, reason: 'x'.repeat(501) }, 'reason'],
    ['unknown', { delta: 1, reason: 'x', sku: 'OTHER' }, 'sku'],
    ['proto', '{"delta":1,"reason":"x","__proto__":{"polluted":1}}', '__proto__'],
  ])('rejects a bad %s: %j', (_name, body, field) => {
    expect(findFaults(stockAdjustmentRequest, body)).toContain(field);
  });
});
