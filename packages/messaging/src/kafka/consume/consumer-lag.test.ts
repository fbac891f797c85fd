import { expect, it } from 'vitest';
import { computeLag } from './consumer-lag.js';

it('counts the records after the committed offset of each partition', () => {
  const committed = [
    { partition: 0, offset: '40' },
    { partition: 1, offset: '7' },
  ];
  const ends = [
    { partition: 1, low: '0', high: '7' },
    { partition: 0, low: '10', high: '100' },
  ];
  expect(Object.fromEntries(computeLag(committed, ends))).toEqual({ 0: 60, 1: 0 });
});

it('counts all stored records for a group without a committed offset', () => {
  const ends = [
    { partition: 0, low: '90', high: '100' },
    { partition: 1, low: '0', high: '3' },
  ];
  expect(Object.fromEntries(computeLag([{ partition: 0, offset: '-1' }], ends))).toEqual({ 0: 10, 1: 3 });
});

it('does not count records that the broker has deleted', () => {
  const lag = computeLag([{ partition: 0, offset: '5' }], [{ partition: 0, low: '90', high: '100' }]);
  expect(lag.get(0)).toBe(10);
});

it('is not negative while the group commits between the two reads', () => {
  const lag = computeLag([{ partition: 0, offset: '12' }], [{ partition: 0, low: '0', high: '10' }]);
  expect(lag.get(0)).toBe(0);
});
