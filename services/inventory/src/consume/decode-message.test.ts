import { messageResult, ORDER_CANCELLED, ORDER_PLACED } from '@lmt/contracts';
import type { InboundMessage } from '@lmt/messaging';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeMessage as decodeMessageAt } from './decode-message.js';

const ID = '01938c5e-0000-7000-8000-00000000000a';
const ORDER = '01938c5e-0000-7000-8000-00000000000b';
const PLACED = {
  orderId: ORDER,
  customerId: 'ada',
  items: [{ sku: 'KEYBOARD', quantity: 2 }],
  placedAt: '2026-01-01T00:00:00.000Z',
};

const NOW = new Date('2026-01-01T00:00:01.000Z');
const decodeMessage = (message: InboundMessage) => decodeMessageAt(message, NOW);

const CANCELLED = { orderId: ORDER, reason: 'too late', cancelledAt: '2026-01-01T00:00:00.000Z' };

function inbound(fields: Partial<InboundMessage> = {}, body: unknown = PLACED): InboundMessage {
  const text = JSON.stringify(body) ?? '';
  return { id: ID, type: ORDER_PLACED, key: ORDER, body: text, headers: {}, position: 'direct', ...fields };
}

describe('decoding a message', () => {
  it('returns a placement', () => {
    expect(decodeMessage(inbound())).toEqual({
      kind: 'order',
      message: { id: ID, type: ORDER_PLACED, key: ORDER, receivedAt: NOW.toISOString(), payload: PLACED },
    });
  });

  it.each([CANCELLED, { ...CANCELLED, reason: undefined }])('returns a cancellation', (payload) => {
    expect(decodeMessage(inbound({ type: ORDER_CANCELLED }, payload))).toEqual({
      kind: 'order',
      message: { id: ID, type: ORDER_CANCELLED, key: ORDER, receivedAt: NOW.toISOString(), payload },
    });
  });

  it('ignores fields that a newer producer added', () => {
    const body = { ...PLACED, channel: 'web', items: [{ sku: 'KEYBOARD', quantity: 2, gift: true }] };
    expect(decodeMessage(inbound({}, body))).toEqual(decodeMessage(inbound()));
  });

  it('record-bomb: rejects a body of 15 MB without reading it', () => {
    const body = JSON.stringify(PLACED).replace(/\[.*\]/, `[${Array(5_000_000).fill('{}').join(',')}]`);
    const before = process.memoryUsage().heapTotal;

    expect(decodeMessage(inbound({ body }))).toMatchObject({
      kind: 'malformed',
      reason: 'the body is longer than 1000000 characters',
    });
    expect(process.memoryUsage().heapTotal - before).toBeLessThan(100_000_000);
  });

  it('ignores the case of ids', () => {
    const fields = { id: ID.toUpperCase(), key: ORDER.toUpperCase() };
    const body = { ...PLACED, orderId: ORDER.toUpperCase() };
    expect(decodeMessage(inbound(fields, body))).toEqual(decodeMessage(inbound()));
  });

  it.each([
    ['no id', { id: null }],
    ['an empty id', { id: '' }],
    ['an id that is not a uuid', { id: '{"not":""}' }],
    ['an id with a line break', { id: `${ID}\n` }],
    ['no key', { key: null }],
    ['a key that is not a uuid', { key: 'order-1' }],
  ])('treats a message with %s as a dead letter', (_name, fields) => {
    expect(decodeMessage(inbound(fields))).toEqual({ kind: 'dead-letter', reason: expect.any(String) });
  });

  const items = (...list: unknown[]) => ({ ...PLACED, items: list });
  const line = (quantity: unknown) => items({ sku: 'KEYBOARD', quantity });
  it.each<[string, InboundMessage, RegExp]>([
    ['no type', inbound({ type: null }), /^no message type$/],
    ['an empty type', inbound({ type: '' }), /^unknown message type/],
    ['an unknown type', inbound({ type: 'order.lost.v1' }), /^unknown message type order\.lost\.v1$/],
    ['an unknown version', inbound({ type: 'order.placed.v2' }), /order\.placed\.v2$/],
    ['no body', inbound({ body: '' }), /not JSON/],
    ['half a body', inbound({ body: '{"orderId":' }), /not JSON/],
    ['a body that is a string', inbound({}, 'x'), /body: /],
    ['a body that is null', inbound({}, null), /body: /],
    ['a body that is a list', inbound({}, [PLACED]), /body: /],
    ['another order id', inbound({}, { ...PLACED, orderId: ID }), /not the message key/],
    ['no order id', inbound({}, { ...PLACED, orderId: undefined }), /orderId/],
    ['a NUL in a string', inbound({}, { ...PLACED, customerId: 'a\u0000' }), /customerId/],
    ['a lone surrogate', inbound({}, { ...PLACED, customerId: '\ud800' }), /customerId/],
    ['no items', inbound({}, items()), /items/],
    ['items that are not a list', inbound({}, { ...PLACED, items: { 0: 1 } }), /items/],
    ['an item that is null', inbound({}, items(null)), /items\.0/],
    ['a negative quantity', inbound({}, line(-1)), /items\.0\.quantity/],
    ['a quantity of 0', inbound({}, line(0)), /items\.0\.quantity/],
    ['a quantity of 1.5', inbound({}, line(1.5)), /items\.0\.quantity/],
    ['a quantity of 1e9', inbound({}, line(1e9)), /items\.0\.quantity/],
    ['a quantity that is text', inbound({}, line('1')), /items\.0\.quantity/],
    ['a sku twice', inbound({}, items(...Array(2).fill({ sku: 'A', quantity: 1 }))), /items\.1\.sku/],
    [
      '101 items',
      inbound({}, items(...Array.from({ length: 101 }, (_, i) => ({ sku: `S${i}`, quantity: 1 })))),
      /items/,
    ],
    ['no time', inbound({}, { ...PLACED, placedAt: 'yesterday' }), /placedAt/],
    ['a cancellation without a body', inbound({ type: ORDER_CANCELLED, body: '' }), /not JSON/],
    [
      'a placement with the type of a cancellation',
      inbound({ type: ORDER_CANCELLED }),
      /an order\.cancelled\.v1: cancelledAt/,
    ],
    [
      'the cancellation of another order',
      inbound({ type: ORDER_CANCELLED }, { ...CANCELLED, orderId: ID }),
      /order id in the body is not the message key/,
    ],
  ])('treats a message with %s as malformed and returns the reason', (_name, message, reason) => {
    const decoded = decodeMessage(message);
    expect(decoded).toEqual({
      kind: 'malformed',
      messageId: ID,
      orderId: ORDER,
      reason: expect.stringMatching(reason),
    });
  });

  const anyText = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'binary', minLength: 400, maxLength: 700 }),
  );
  const anyBody = fc.oneof(
    anyText,
    fc.json(),
    fc.anything().map((value) => safeJson(value)),
    // Nearly valid messages, with one field replaced and one field of any name added.
    fc
      .tuple(fc.constantFrom(...Object.keys(PLACED)), fc.anything(), anyText)
      .map(([field, value, name]) => safeJson({ ...PLACED, [field]: value, [name]: value })),
    fc
      .tuple(anyText, fc.anything())
      .map(([name, value]) => safeJson(items({ sku: 'A', quantity: 1, [name]: value }))),
  );
  const anyInbound = fc.record({
    id: fc.option(fc.oneof(fc.uuid(), anyText)),
    type: fc.option(fc.oneof(fc.constantFrom(ORDER_PLACED, ORDER_CANCELLED), anyText)),
    key: fc.option(fc.oneof(fc.uuid(), fc.constant(ORDER), anyText)),
    body: anyBody,
    headers: fc.dictionary(fc.string(), fc.string()),
    position: fc.string(),
  });

  it('never throws, and returns a reason that the contract accepts, for any input', () => {
    fc.assert(
      fc.property(anyInbound, (message) => {
        const decoded = decodeMessage(message);
        if (decoded.kind === 'malformed') {
          const { messageId, orderId, reason } = decoded;
          const result = { messageId, orderId, outcome: 'FAILED', reason, processedAt: PLACED.placedAt };
          expect(messageResult.safeParse(result).error).toBeUndefined();
        } else if (decoded.kind === 'order') {
          expect(decoded.message.payload.orderId).toBe(decoded.message.key);
        }
      }),
      { numRuns: 300 },
    );
  });
});

function safeJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? '';
  } catch {
    return '[]';
  }
}
