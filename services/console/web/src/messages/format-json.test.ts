import { expect, it } from 'vitest';
import { formatJson } from './format-json.ts';

it('shows characters that reorder text as escapes, and stays the same value', () => {
  const value = { customerId: 'a\u202ebc', items: [1] };
  expect(formatJson(value)).toContain('a\\u202ebc');
  expect(JSON.parse(formatJson(value))).toEqual(value);
});
