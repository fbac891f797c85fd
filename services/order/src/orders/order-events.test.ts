import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { traceContext } from './order-events.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';
const ORDER = '01a20374-15b6-7231-a82c-e4b3b47ade6c';
const MESSAGE = '01a20374-15b6-7231-a82c-e90f7ab71d8e';
const FRESH = '00-01a2037415b67231a82ce90f7ab71d8e-a82ce4b3b47ade6c-01';

describe('the trace context', () => {
  it.each(['00', '01', 'ff'])('of the client is kept, with flags %s', (flags) => {
    expect(traceContext(`00-${TRACE}-${SPAN}-${flags}`, ORDER, MESSAGE)).toBe(`00-${TRACE}-${SPAN}-${flags}`);
  });

  it.each([
    ['no header', undefined],
    ['an empty header', ''],
    ['a trace id of zeros', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['a span id of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['upper case', `00-${TRACE.toUpperCase()}-${SPAN}-01`],
    ['a short trace id', `00-${TRACE.slice(1)}-${SPAN}-01`],
    ['the forbidden version', `ff-${TRACE}-${SPAN}-01`],
    ['more fields than version 00 has', `00-${TRACE}-${SPAN}-01-x`],
    ['two values', `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`],
    ['a line break', `00-${TRACE}-${SPAN}-01\n`],
  ])('is new if the client sends %s', (_name, header) => {
    expect(traceContext(header, ORDER, MESSAGE)).toBe(FRESH);
  });

  it('is well-formed for any header', () => {
    fc.assert(
      fc.property(fc.option(fc.string(), { nil: undefined }), (header) => {
        expect(traceContext(header, ORDER, MESSAGE)).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/);
      }),
    );
  });
});
