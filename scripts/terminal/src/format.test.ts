import { expect, test } from 'vitest';
import { formatDuration } from './format.js';

test.each([
  [-5, '0 s'],
  [119, '119 s'],
  [180, '3 min'],
  [7_200, '2 h'],
  [86_400 * 3, '3 d'],
])('%i s are formatted as %s', (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});
