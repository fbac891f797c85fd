import { expect, it } from 'vitest';
import { measureOffset } from './server-clock.ts';

const second = Date.parse('Thu, 26 Nov 2026 12:00:00 GMT');
const header = 'Thu, 26 Nov 2026 12:00:00 GMT';

it('takes clocks as equal if the header’s whole seconds and the time of the request explain the difference', () => {
  expect(measureOffset(header, second + 900, second + 1_000)).toBe(0);
  expect(measureOffset(header, second - 300, second + 20)).toBe(0);
});

it('measures a clock that is ahead or behind', () => {
  expect(measureOffset(header, second - 60_010, second - 60_000)).toBe(60_000);
  expect(measureOffset(header, second + 60_000, second + 60_010)).toBe(-59_000);
});

it('changes nothing without a readable header', () => {
  expect(measureOffset(null, 0, 1)).toBe(0);
  expect(measureOffset('soon', 0, 1)).toBe(0);
});
