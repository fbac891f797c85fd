import { afterEach, describe, expect, it, vi } from 'vitest';
import { recordLog } from '../logging/recorded-log.fixture.js';
import { exitOnClockStep } from './exit-on-clock-step.js';

afterEach(() => {
  vi.useRealTimers();
});

function start() {
  vi.useFakeTimers({ toFake: ['Date', 'performance', 'setInterval'], now: Date.parse('2026-01-01') });
  const { lines: log, logger } = recordLog();
  const exits: number[] = [];
  exitOnClockStep(logger, (code) => exits.push(code));
  return {
    log,
    exits,
    /** Steps the wall clock and then lets both clocks advance to the next check. */
    check(steppedMs = 0) {
      vi.setSystemTime(Date.now() + steppedMs);
      vi.advanceTimersByTime(1_000);
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
    const { check, exits, log } = start();
    check();
    check(steppedMs);
    expect(exits).toEqual([1]);
    expect(log).toMatchObject([{ level: 'fatal', steppedBySeconds: seconds }]);
  });

  it('ignores a pause of the process (SIGSTOP), because both clocks advance', () => {
    const { exits } = start();
    vi.advanceTimersByTime(3_600_000);
    expect(exits).toEqual([]);
  });

  it('ignores a clock that is slewed, or corrected in small steps', () => {
    const { check, exits } = start();
    for (let second = 0; second < 1_000; second += 1) check(second % 2 === 0 ? 900 : 500);
    expect(exits).toEqual([]);
  });

  it('does not keep the process alive', () => {
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = timers();
    exitOnClockStep(recordLog().logger);
    expect(timers()).toBe(before);
  });
});
