import { expect, it } from 'vitest';
import { createRejectionRun } from './rejection-run.js';

it('lowered-limit: trusts five rejections in a row, over several calls, then none until a success', () => {
  const run = createRejectionRun();
  expect(run.isCredible({ rejected: 3, succeeded: false })).toBe(true);
  expect(run.isCredible({ rejected: 2, succeeded: false })).toBe(true);
  expect(run.isCredible({ rejected: 0, succeeded: false })).toBe(true);
  expect(run.isCredible({ rejected: 1, succeeded: false })).toBe(false);
  expect(run.isCredible({ rejected: 1, succeeded: false })).toBe(false);
  expect(run.isCredible({ rejected: 10, succeeded: true })).toBe(true);
  expect(run.isCredible({ rejected: 5, succeeded: false })).toBe(true);
  expect(run.isCredible({ rejected: 1, succeeded: false })).toBe(false);
});
