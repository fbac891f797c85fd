import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { throttleLog } from './throttle-log.js';

/** Reports an event at each of the given times and returns the logged lines with their times. */
function run(times: readonly number[]) {
  vi.useFakeTimers({ toFake: ['performance'] });
  let now = 0;
  const lines: { at: number; events: number; details: number }[] = [];
  const report = throttleLog<number>((details, events) => lines.push({ at: now, events, details }));
  for (const time of times) {
    vi.advanceTimersByTime(time - now);
    now = time;
    report(time);
  }
  vi.useRealTimers();
  return lines;
}

describe('throttleLog', () => {
  it('logs the first event at once; the next line, 10 s later, counts the events since', () => {
    const times = [5, ...Array.from({ length: 98 }, (_, index) => index + 6), 10_004, 10_005, 20_004];
    expect(run(times)).toEqual([
      { at: 5, events: 1, details: 5 },
      { at: 10_005, events: 100, details: 10_005 },
    ]);
  });

  it('logs at most one line in 10 s, and counts every event at most once', () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 15_000 }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(gaps, (steps) => {
        let time = 0;
        const times = steps.map((step) => (time += step));
        const lines = run(times);
        lines.slice(1).forEach(({ at }, index) => {
          expect(at - (lines[index]?.at ?? 0)).toBeGreaterThanOrEqual(10_000);
        });
        const last = lines.at(-1)?.at ?? 0;
        const counted = lines.reduce((sum, { events }) => sum + events, 0);
        // Events after the last line are counted by the next line.
        expect(counted).toBeLessThanOrEqual(times.filter((at) => at <= last).length);
        expect(counted).toBeGreaterThanOrEqual(times.filter((at) => at < last).length + 1);
      }),
    );
  });
});
