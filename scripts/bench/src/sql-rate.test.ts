import { describe, expect, it } from 'vitest';
import { parsePgbench } from './sql-rate.js';

describe('parsePgbench', () => {
  it('reads the rate', () => {
    const output = `number of failed transactions: 0 (0.000%)
latency average = 3.211 ms
initial connection time = 12.3 ms
tps = 9965.25 (without initial connection time)
`;
    expect(parsePgbench(output)).toBe(9_965.25);
  });

  it('throws an error with the output if a run reports no rate', () => {
    expect(() => parsePgbench('Run was aborted')).toThrow('Run was aborted');
  });
});
