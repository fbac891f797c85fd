// Tests the rule of each field and the field name in the error. The tests beside each route check
// once per route that such an error becomes a 400.
import { randomUUID } from 'node:crypto';
import { parse as parseQuery } from 'node:querystring';
import {
  cancelOrderRequest,
  listMessagesQuery,
  listOrdersQuery,
  messageResultsRequest,
  messagesInBulkRequest,
  placeOrderRequest,
  readMessageResult,
  uuid,
} from '@lmt/contracts';
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

const GOOD = { customerId: 'ada', items: [{ sku: 'KEYBOARD', quantity: 2 }] };
const withItems = (...items: unknown[]) => ({ ...GOOD, items });
const line = (quantity: unknown) => withItems({ sku: 'KEYBOARD', quantity });
const many = (count: number) =>
  withItems(...Array.from({ length: count }, (_, index) => ({ sku: `SKU-${index}`, quantity: 1 })));

describe('POST /orders', () => {
  it.each<[string, unknown, string]>([
    ['an unknown field', { ...GOOD, note: 'x' }, 'note'],
    ['an unknown field of an item', withItems({ sku: 'A', quantity: 1, note: 1 }), 'items.0.note'],
    ['no customer', { items: GOOD.items }, 'customerId'],
    ['a customer that is a number', { ...GOOD, customerId: 5 }, 'customerId'],
    ['a customer that is an object', { ...GOOD, customerId: { not: '' } }, 'customerId'],
    ['an empty customer', { ...GOOD, customerId: '' }, 'customerId'],
    ['a long customer', { ...GOOD, customerId: 'x'.repeat(129) }, 'customerId'],
    ['a NUL byte', { ...GOOD, customerId: 'a\u0000b' }, 'customerId'],
    ['a lone surrogate', { ...GOOD, customerId: 'a\ud800b' }, 'customerId'],
    ['CRLF', { ...GOOD, customerId: 'a\r\nb' }, 'customerId'],
    ['ANSI', { ...GOOD, customerId: '\u001b[31mred' }, 'customerId'],
    ['no items', { customerId: 'ada' }, 'items'],
    ['items that are text', { ...GOOD, items: 'KEYBOARD' }, 'items'],
    ['0 items', withItems(), 'items'],
    ['101 items', many(101), 'items'],
    ['an item that is null', withItems(null), 'items.0'],
    ['a quantity of 0', line(0), 'items.0.quantity'],
    ['a negative quantity', line(-1), 'items.0.quantity'],
    ['a quantity of 1.5', line(1.5), 'items.0.quantity'],
    ['a quantity of 1e9', line(1e9), 'items.0.quantity'],
    ['a quantity of 1e400', '{"customerId":"a","items":[{"sku":"A","quantity":1e400}]}', 'items.0.quantity'],
    ['a quantity that is text', line('2'), 'items.0.quantity'],
    ['a quantity of null', line(null), 'items.0.quantity'],
    ['a quantity of true', line(true), 'items.0.quantity'],
    ['no quantity', withItems({ sku: 'A' }), 'items.0.quantity'],
    ['an empty sku', withItems({ sku: '', quantity: 1 }), 'items.0.sku'],
    ['a long sku', withItems({ sku: 'x'.repeat(65), quantity: 1 }), 'items.0.sku'],
    ['a sku with a NUL byte', withItems({ sku: 'A\u0000', quantity: 1 }), 'items.0.sku'],
    ['a sku with a space', withItems({ sku: 'A B', quantity: 1 }), 'items.0.sku'],
    ['a sku with a line break', withItems({ sku: 'A\n', quantity: 1 }), 'items.0.sku'],
    ['the same sku twice', withItems(...GOOD.items, ...GOOD.items), 'items.1.sku'],
    [
      '__proto__',
      `{"customerId":"a","items":[{"sku":"A","quantity":1}],"__proto__":{"polluted":1}}`,
      '__proto__',
    ],
    ['constructor', { ...GOOD, constructor: { prototype: { polluted: 1 } } }, 'constructor'],
    ['a list', [GOOD], ''],
  ])('rejects %s', (_name, body, field) => {
    expect(findFaults(placeOrderRequest, body)).toContain(field);
  });
});

describe('GET /orders', () => {
  it.each([
    ['status=NOPE', 'status'],
    ['status=PENDING&status=PENDING', 'status'],
    ['limit=0', 'limit'],
    ['limit=201', 'limit'],
    ['limit=1e2', 'limit'],
    ['cursor=x', 'cursor'],
    ['customerId=%00', 'customerId'],
    ['sku=a%20b', 'sku'],
    ['sort=id', 'sort'],
    ['__proto__=1', '__proto__'],
  ])('rejects %s', (query, field) => {
    expect(findFaults(listOrdersQuery, parseQuery(query))).toContain(field);
  });
});

describe('an id in a path', () => {
  it.each(['not-a-uuid', '{"not":""}', '\u0000', ''])('cannot be %j', (id) => {
    expect(uuid.safeParse(id).success).toBe(false);
  });
});

describe('POST /orders/:id/cancel', () => {
  it.each<[string, unknown, string]>([
    ['an unknown field', { reason: 'x', force: true }, 'force'],
    ['a number for a reason', { reason: 1 }, 'reason'],
    ['null for a reason', { reason: null }, 'reason'],
    ['an empty reason', { reason: '' }, 'reason'],
    ['a reason of 501 characters', { reason: 'x'.repeat(501) }, 'reason'],
    ['a reason with a line break', { reason: 'a\nb' }, 'reason'],
    ['a reason with half a character', { reason: '\ud83d' }, 'reason'],
    ['a list', [], ''],
    ['null', null, ''],
    ['text', '"why"', ''],
  ])('rejects %s', (_name, body, field) => {
    expect(findFaults(cancelOrderRequest, body)).toEqual([field]);
  });
});

describe('POST /internal/message-results', () => {
  const good = {
    messageId: randomUUID(),
    orderId: randomUUID(),
    outcome: 'SUCCEEDED',
    processedAt: '2026-01-01T00:00:00.000Z',
  };
  it.each<[string, unknown, string]>([
    ['no results', {}, 'results'],
    ['0 results', { results: [] }, 'results'],
    ['1,001 results', { results: Array(1_001).fill(good) }, 'results'],
    ['results that are an object', { results: good }, 'results'],
    ['a list', [good], ''],
  ])('rejects %s', (_name, body, field) => {
    expect(findFaults(messageResultsRequest, body)).toContain(field);
  });

  it.each<[string, unknown, string]>([
    ['a message id that is not a uuid', { ...good, messageId: '1' }, 'messageId'],
    ['no message id', { ...good, messageId: undefined }, 'messageId'],
    ['an order id that is an object', { ...good, orderId: { not: '' } }, 'orderId'],
    ['an outcome that is a number', { ...good, outcome: 1 }, 'outcome'],
    ['a NUL byte', { ...good, reason: 'a\u0000' }, 'reason'],
    ['a long reason', { ...good, reason: 'x'.repeat(501) }, 'reason'],
    ['an invalid time', { ...good, processedAt: 'now' }, 'processedAt'],
    ['null', null, 'expected object'],
    ['text', 'SUCCEEDED', 'expected object'],
  ])('strict-results: a result with %s is invalid', (_name, result, reason) => {
    expect(readMessageResult(result)).toMatchObject({
      status: 'invalid',
      reason: expect.stringContaining(reason),
    });
  });

  it('strict-results: a result with an unknown outcome is unsupported, even with other invalid fields', () => {
    const { orderId: _orderId, ...later } = { ...good, outcome: 'PARTLY', shipments: 2 };
    expect(readMessageResult(later)).toEqual({
      messageId: good.messageId,
      status: 'unsupported',
      reason: 'outcome: expected one of SUCCEEDED, REJECTED, FAILED',
    });
  });

  it('strict-results: unknown fields are dropped, and a long id is not repeated', () => {
    expect(readMessageResult({ ...good, note: 1 })).toEqual(good);
    expect(readMessageResult({ ...good, messageId: 'x'.repeat(101) })).not.toHaveProperty('messageId');
  });
});

describe('GET /messages', () => {
  it.each([
    ['status=NOPE', 'status'],
    ['limit=-1', 'limit'],
    ['cursor=1', 'cursor'],
    ['type=%00', 'type'],
    ['key=%0D%0A', 'key'],
    ['foo=1', 'foo'],
    ['createdBefore=now', 'createdBefore'],
    ['createdAfter=0000-01-01T00:00:00Z', 'createdAfter'],
    ['error=%00', 'error'],
    ['error=a&error=b', 'error'],
  ])('rejects %s', (query, field) => {
    expect(findFaults(listMessagesQuery, parseQuery(query))).toContain(field);
  });
});

describe('POST /messages/requeue and /messages/discard', () => {
  const reason = 'repaired';
  it.each<[string, unknown, string]>([
    ['no filter', { reason }, 'filter'],
    ['null as a filter', { filter: null, reason }, 'filter'],
    ['an unknown field of the filter', { filter: { status: 'DEAD' }, reason }, 'filter.status'],
    ['a NUL byte', { filter: { error: 'a\u0000' }, reason }, 'filter.error'],
    ['an object as a key', { filter: { key: { not: '' } }, reason }, 'filter.key'],
    ['an invalid time', { filter: { createdBefore: 'yesterday' }, reason }, 'filter.createdBefore'],
    [
      'a time without a zone',
      { filter: { createdBefore: '2026-01-01T00:00:00' }, reason },
      'filter.createdBefore',
    ],
    ['the year 0', { filter: { createdAfter: '0000-01-01T00:00:00Z' }, reason }, 'filter.createdAfter'],
    [
      'a year past 9999',
      { filter: { createdAfter: '9999-12-31T23:59:59-12:00' }, reason },
      'filter.createdAfter',
    ],
    ['no reason', { filter: {} }, 'reason'],
    ['an empty reason', { filter: {}, reason: '' }, 'reason'],
    ['limit 0', { filter: {}, reason, limit: 0 }, 'limit'],
    ['limit 1001', { filter: {}, reason, limit: 1_001 }, 'limit'],
    ['limit 1.5', { filter: {}, reason, limit: 1.5 }, 'limit'],
    ['a dry run that is not a boolean', { filter: {}, reason, dryRun: 'yes' }, 'dryRun'],
    ['ids', { ids: [randomUUID()], filter: {}, reason }, 'ids'],
    ['a list', [], ''],
  ])('reject %s', (_name, body, field) => {
    expect(findFaults(messagesInBulkRequest, body)).toEqual([field]);
  });
});
