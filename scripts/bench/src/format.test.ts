import { describe, expect, it } from 'vitest';
import { markdownTable, ratio, spread, textTable, whole } from './format.js';

const rows = [
  { name: 'a|b', value: 1_200 },
  { name: 'c', value: 7 },
];
const columns = {
  what: ({ name }: (typeof rows)[number]) => name,
  'orders/s': ({ value }: (typeof rows)[number]) => whole(value),
};

describe('markdownTable', () => {
  it('aligns numbers to the right and escapes what would end a cell', () => {
    expect(markdownTable(rows, columns)).toBe(
      ['| what | orders/s |', '| --- | ---: |', '| a\\|b | 1,200 |', '| c | 7 |'].join('\n'),
    );
  });
});

describe('textTable', () => {
  it('aligns labels to the left and numbers to the right', () => {
    expect(textTable(rows, columns)).toBe(
      ['  what  orders/s', '  a|b      1,200', '  c            7'].join('\n'),
    );
  });
});

describe('spread', () => {
  it('shows the range of several rounds', () => {
    expect(spread({ min: 1, median: 2, max: 3 }, whole)).toBe('2 (1-3)');
  });

  it('shows one figure for one round', () => {
    expect(spread({ min: 2, median: 2, max: 2 }, whole)).toBe('2');
  });
});

describe('ratio', () => {
  it('shows a dash if there is nothing to compare with', () => {
    expect(ratio(Number.NaN)).toBe('-');
    expect(ratio(1.234)).toBe('1.23 x');
  });
});
