import { expect, it } from 'vitest';
import { formatTraceparent, isSampled, logFields, parseTraceparent } from './traceparent.js';

const [traceId, spanId] = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331'];
const sampled = `00-${traceId}-${spanId}-01`;

it('reads and writes a trace context', () => {
  expect(parseTraceparent(sampled)).toEqual({ traceId, spanId, traceFlags: 1 });
  for (const flags of ['00', '01', 'ff']) {
    const parent = parseTraceparent(`00-${traceId}-${spanId}-${flags}`);
    expect(parent && formatTraceparent(parent)).toBe(`00-${traceId}-${spanId}-${flags}`);
  }
});

it.each([
  undefined,
  '',
  `01-${traceId}-${spanId}-01`,
  `00-${'0'.repeat(32)}-${spanId}-01`,
  `00-${traceId}-${'0'.repeat(16)}-01`,
  `00-${traceId.toUpperCase()}-${spanId}-01`,
  `${sampled}-more`,
])('treats %j as no trace context', (text) => {
  expect(parseTraceparent(text)).toBeNull();
  expect(isSampled(text)).toBe(false);
  expect(logFields(text)).toEqual({});
});

it('names a sampled trace in log lines, and no other', () => {
  expect(isSampled(sampled)).toBe(true);
  expect(logFields(sampled)).toEqual({ trace_id: traceId, span_id: spanId });
  expect(logFields(`00-${traceId}-${spanId}-00`)).toEqual({});
});
