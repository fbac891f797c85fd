import { expect, it } from 'vitest';
import { toAge } from './age.ts';

it('uses the largest unit that is not zero', () => {
  expect(toAge(1_999)).toEqual({ value: 1, unit: 'second' });
  expect(toAge(60_000)).toEqual({ value: 1, unit: 'minute' });
  expect(toAge(7_199_999)).toEqual({ value: 1, unit: 'hour' });
  expect(toAge(3 * 86_400_000)).toEqual({ value: 3, unit: 'day' });
});

it('has no age for a time of a clock that is ahead', () => {
  expect(toAge(-5_000)).toBeNull();
  expect(toAge(999)).toBeNull();
});
