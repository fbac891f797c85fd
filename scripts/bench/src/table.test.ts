import { expect, it } from 'vitest';
import { table } from './table.js';

it('aligns the first column left, the others right, and pads no line end', () => {
  expect(
    table([
      ['', 'a', 'rate'],
      ['order', '1', '10'],
      ['relay', '200'],
    ]),
  ).toBe(['           a  rate', '  order    1    10', '  relay  200'].join('\n'));
});
