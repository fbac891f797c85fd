import { describe, expect, it } from 'vitest';
import { recordLog } from '../http/loopback.test-support.js';
import { exitOnClockStep } from './exit-on-clock-step.js';

function watch() {
  const { log, logger } = recordLog();
  const exits: number[] = [];
  let wall = Date.parse('2026-01-01T00:00:00Z');
  let monotonic = 5_000;
  let check = () => {};
  exitOnClockStep(logger, {
    wallNow: () => wall,
    monotonicNow: () => monotonic,
    every: (_ms, run) => {
      check = run;
    },
    exit: (code) => exits.push(code),
  });
  return {
    log,
    exits,
    /** Advances both clocks, steps the wall clock besides, and runs the check. */
    pass(ms: number, steppedMs = 0) {
      monotonic += ms;
      wall += ms + steppedMs;
      check();
    },
  };
}

describe('exitOnClockStep', () => {
  it.each([
    ['back by a minute', -60_000, -60],
    ['forward by an hour', 3_600_000, 3_600],
    ['back by a little more than a second', -1_001, -1],
    ['forward by a little more than a second', 1_001, 1],
  ])('exits when the clock is stepped %s, and logs by how much', (_, steppedMs, seconds) => {
    const { pass, exits, log } = watch();
    pass(1_000);
    pass(1_000, steppedMs);
    expect(exits).toEqual([1]);
    expect(log).toMatchObject([{ level: 'fatal', steppedBySeconds: seconds }]);
  });

  it('ignores that the process was stopped (SIGSTOP), however long', () => {
    const { pass, exits } = watch();
    pass(3_600_000);
    expect(exits).toEqual([]);
  });

  it('ignores a clock that is slewed, or corrected in small steps', () => {
    const { pass, exits } = watch();
    for (let second = 0; second < 1_000; second += 1) pass(1_000, second % 2 === 0 ? 900 : 500);
    expect(exits).toEqual([]);
  });

  it('does not keep the process alive', () => {
    const before = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    exitOnClockStep(recordLog().logger);
    const after = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    expect(after).toBe(before);
  });
});
