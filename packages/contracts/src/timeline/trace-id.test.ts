import { expect, it } from 'vitest';
import { traceId } from './trace-id.js';

it('finds the trace id of a message, whatever its headers are', () => {
  const id = 'ab'.repeat(16);
  expect(traceId({ headers: { traceparent: `00-${id}-${'cd'.repeat(8)}-01` } })).toBe(id);
  for (const headers of [null, 'text', {}, { traceparent: 7 }, { traceparent: 'nonsense' }])
    expect(traceId({ headers })).toBeNull();
});
