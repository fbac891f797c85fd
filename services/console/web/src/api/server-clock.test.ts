import { expect, it } from 'vitest';
import { chooseOffset, measureOffset, narrow } from './server-clock.ts';

const second = Date.parse('Thu, 26 Nov 2026 12:00:00 GMT');
const header = 'Thu, 26 Nov 2026 12:00:00 GMT';

it('takes clocks as equal if whole seconds and the time of the request explain the difference', () => {
  const late = measureOffset(header, second + 900, second + 1_000);
  const early = measureOffset(header, second - 300, second + 20);
  expect(late && chooseOffset(late)).toBe(0);
  expect(early && chooseOffset(early)).toBe(0);
});

it('measures a clock that is ahead or behind', () => {
  expect(measureOffset(header, second - 60_010, second - 60_000)).toEqual({ least: 60_000, most: 61_010 });
  expect(chooseOffset({ least: 60_000, most: 61_000 })).toBe(60_500);
  expect(chooseOffset({ least: -61_000, most: -60_000 })).toBe(-60_500);
});

it('becomes more exact with each answer', () => {
  expect(narrow({ least: 60_000, most: 61_000 }, { least: 60_400, most: 61_400 })).toEqual({
    least: 60_400,
    most: 61_000,
  });
});

it('follows a clock that was set', () => {
  expect(narrow({ least: 60_000, most: 61_000 }, { least: -10, most: 990 })).toEqual({
    least: -10,
    most: 990,
  });
});

it('measures nothing without a readable header', () => {
  expect(measureOffset(null, 0, 1)).toBeNull();
  expect(measureOffset('soon', 0, 1)).toBeNull();
});
