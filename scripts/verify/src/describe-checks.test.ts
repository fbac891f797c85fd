import { expect, test } from 'vitest';
import { describeCheck } from './describe-checks.js';
import type { CheckResult } from './verify.js';

const held: CheckResult = {
  id: 'I10',
  title: 'all ends',
  ok: true,
  open: false,
  offenders: [],
  count: 0,
  note: null,
};
const problem = 'PENDING order';

test('a line says whether it holds, does not, or can not be said yet', () => {
  expect(describeCheck(held)).toBe('ok   I10 all ends');
  expect(describeCheck({ ...held, ok: false, offenders: [{ id: 'x', problem }], count: 3 })).toBe(
    'FAIL I10 all ends: x (PENDING order), and 2 more',
  );
  expect(describeCheck({ ...held, open: true, note: '3 orders are open' })).toBe(
    "--   I10 all ends: can't be told while something is unfinished\nnote I10 3 orders are open",
  );
});
