import { expect, it } from 'vitest';
import { readChoice } from './read-choice.ts';

it.each([
  ['', { minutes: 5, of: 'p50' }],
  ['minutes=60&of=p99', { minutes: 60, of: 'p99' }],
  ['minutes=7&of=p42', { minutes: 5, of: 'p50' }],
])('reads %j', (search, choice) => {
  expect(readChoice(new URLSearchParams(search))).toEqual(choice);
});
