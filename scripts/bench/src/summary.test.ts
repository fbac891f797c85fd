import { describe, expect, it } from 'vitest';
import { compare } from './summary.js';

describe('compare', () => {
  it('compares each round with its own limit', () => {
    const values = [100, 300, 80];
    const limits = [200, 400, 100];
    expect(compare({ what: 'orders/s', values, limit: 'pgbench', limits })).toEqual({
      what: 'orders/s',
      measured: '100 (80-300)',
      beside: 'pgbench: 200 (100-400)',
      ratio: '0.75 x (0.50 x-0.80 x)',
    });
  });

  it('shows no ratio if the limit was not measured', () => {
    const row = compare({ what: 'orders/s', values: [100], limit: 'pgbench', limits: [] });
    expect(row).toMatchObject({ measured: '100', beside: 'pgbench: not measured', ratio: '-' });
  });
});
