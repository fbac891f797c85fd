import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type MessageTimes, STAGE_NAMES, toStages } from './stages.js';

const time = fc.integer({ min: 0, max: 4e12 });
const anyTime = fc.oneof(time, fc.constantFrom(null, Number.NaN));
const anyTimes: fc.Arbitrary<MessageTimes> = fc.record({
  createdAt: time,
  claimedAt: anyTime,
  publishedAt: anyTime,
  receivedAt: anyTime,
  processedAt: anyTime,
  sentAt: anyTime,
  completedAt: time,
});
const toTimes = ([createdAt, ...rest]: readonly [number, ...number[]]): MessageTimes => {
  const [claimedAt = 0, publishedAt = 0, receivedAt = 0, processedAt = 0, sentAt = 0, completedAt = 0] = rest;
  return { createdAt, claimedAt, publishedAt, receivedAt, processedAt, sentAt, completedAt };
};

describe('the stages of a message', () => {
  it('are the times between its steps', () => {
    expect(toStages(toTimes([1_000, 1_001, 1_003, 1_007, 1_015, 1_031, 1_063]))).toEqual([
      { stage: 'claim', ms: 1 },
      { stage: 'publish', ms: 2 },
      { stage: 'deliver', ms: 4 },
      { stage: 'process', ms: 8 },
      { stage: 'report', ms: 16 },
      { stage: 'complete', ms: 32 },
    ]);
  });

  it('add up to the whole time if all clocks agree', () => {
    fc.assert(
      fc.property(time, fc.array(fc.nat(1e6), { minLength: 6, maxLength: 6 }), (start, durations) => {
        let at = start;
        const rest = durations.map((ms) => {
          at += ms;
          return at;
        });
        expect(toStages(toTimes([start, ...rest])).map(({ ms }) => ms)).toEqual(durations);
      }),
    );
  });

  it('are in order, never negative, and left out exactly if one of their times is unknown', () => {
    fc.assert(
      fc.property(anyTimes, (times) => {
        const stages = toStages(times);
        const points = Object.values(times).map((at) => at !== null && !Number.isNaN(at));
        const isKnown = (_: string, index: number) => points[index] && points[index + 1];
        expect(stages.map(({ stage }) => stage)).toEqual(STAGE_NAMES.filter(isKnown));
        for (const { ms } of stages) expect(ms).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('count as 0 if clocks differ', () => {
    expect(toStages(toTimes([9, 8, 7, 6, 5, 4, 3])).map(({ ms }) => ms)).toEqual([0, 0, 0, 0, 0, 0]);
  });
});
