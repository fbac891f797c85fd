import { expect, it } from 'vitest';
import { formatTable } from './table.js';

it('aligns columns, prints titles once and pads no line end', () => {
  const columns = [{}, { title: 'a', align: 'right' }, { title: 'rate', align: 'right' }] as const;
  expect(
    formatTable(
      columns,
      [
        ['order', '1', '10'],
        ['relay', '200'],
      ],
      { indent: 2 },
    ),
  ).toBe(['           a  rate', '  order    1    10', '  relay  200'].join('\n'));
});

it('truncates cells and notes to the page and escapes control characters', () => {
  expect(
    formatTable([{ maxWidth: 4 }, {}], [['abcdef', 'x\u001b[2J is too long']], {
      pageWidth: 12,
      note: () => 'a long note',
    }),
  ).toBe(['abc…  x\\u00…', '    a long …'].join('\n'));
});
