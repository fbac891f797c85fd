import { expect, it } from 'vitest';
import { formatCountdown } from './countdown.ts';

const now = Date.parse('2026-11-26T12:00:00.000Z');
const inMs = (ms: number) => new Date(now + ms).toISOString();

it('counts whole seconds down to one', () => {
  expect(formatCountdown(inMs(9_001), now)).toBe('10 s');
  expect(formatCountdown(inMs(1), now)).toBe('1 s');
  expect(formatCountdown(inMs(125_000), now)).toBe('2 min 5 s');
});

it('ends when the time has come', () => {
  expect(formatCountdown(inMs(0), now)).toBeNull();
  expect(formatCountdown(null, now)).toBeNull();
});
