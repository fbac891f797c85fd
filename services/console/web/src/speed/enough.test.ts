import { expect, it } from 'vitest';
import { isEnough } from './enough.ts';

it.each([
  ['p50', 1, true],
  ['p50', 0, false],
  ['p95', 19, false],
  ['p95', 20, true],
  ['p99', 49, false],
  ['p99', 50, true],
] as const)('%s of %i messages: %s', (percentile, messages, expected) => {
  expect(isEnough(percentile, messages)).toBe(expected);
});
