import { expect, it } from 'vitest';
import { foldSteps } from './fold-steps.ts';

it('hides the middle of a long timeline only', () => {
  expect(foldSteps(30)).toBeNull();
  expect(foldSteps(31)).toEqual({ from: 8, to: 15 });
});
