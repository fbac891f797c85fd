import { expect, test } from 'vitest';
import { type CheckResult, describeCheck, toReport } from './invariants.js';

const held: CheckResult = {
  id: 'I10',
  title: 'all finish',
  ok: true,
  open: null,
  offenders: [],
  count: 0,
  note: null,
};
const problem = 'PENDING order';

test('a line shows whether the invariant holds, fails or cannot be checked yet', () => {
  expect(describeCheck(held)).toBe('ok   I10 all finish');
  expect(describeCheck({ ...held, ok: false, offenders: [{ id: 'x', problem }], count: 3 })).toBe(
    'FAIL I10 all finish: x (PENDING order), and 2 more',
  );
  expect(
    describeCheck({
      ...held,
      open: 'cannot be checked while anything is unfinished',
      note: 'unfinished orders: 3',
    }),
  ).toBe(
    '--   I10 all finish: cannot be checked while anything is unfinished\nnote I10 unfinished orders: 3',
  );
});

test('the report has each verdict with its reason, and the text of all lines', () => {
  const open = { ...held, open: 'not at rest', note: 'unfinished orders: 3' };
  const failed = { ...held, ok: false, offenders: [{ id: 'x', problem }], count: 1 };
  const { id, title } = held;
  expect(toReport({ ok: false, checks: [held, open, failed] })).toEqual({
    ok: false,
    text: [held, open, failed].map(describeCheck).join('\n'),
    checks: [
      { id, title, state: 'ok' },
      { id, title, state: 'open', detail: 'not at rest; unfinished orders: 3' },
      { id, title, state: 'failed', detail: 'x (PENDING order)' },
    ],
  });
});
