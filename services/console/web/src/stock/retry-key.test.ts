import { expect, it } from 'vitest';
import { keepKey } from './retry-key.ts';

it('keeps the key of a retry, and only of a retry', () => {
  const first = keepKey(null, '{"delta":1}', () => 'a');
  expect(keepKey(first, '{"delta":1}', () => 'b')).toEqual({ key: 'a', request: '{"delta":1}' });
  expect(keepKey(first, '{"delta":2}', () => 'b')).toEqual({ key: 'b', request: '{"delta":2}' });
});
