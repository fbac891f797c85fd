import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createOutageLog } from './outage-log.js';

function start(graceMs = 0) {
  const lines: object[] = [];
  vi.useFakeTimers({ toFake: ['performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const outage = createOutageLog({
    onDown: (details) => lines.push({ down: details }),
    onUp: (details) => lines.push({ up: details }),
    graceMs,
  });
  return { lines, report: outage.report, pass: (ms: number) => vi.advanceTimersByTime(ms) };
}

describe('createOutageLog', () => {
  it('logs the start and the end of each outage once', () => {
    const { lines, report, pass } = start();
    report(null);
    report('refused', { broker: 'a' });
    pass(1_250);
    report('timed out');
    report(null, { broker: 'b' });
    report(null);
    report('refused');
    expect(lines).toEqual([
      { down: { reason: 'refused', broker: 'a' } },
      { up: { downForSeconds: 1.3, broker: 'b' } },
      { down: { reason: 'refused' } },
    ]);
  });

  it('does not log an outage that ends within the grace period', () => {
    const { lines, report, pass } = start(3_000);
    report('joining');
    pass(2_999);
    report('joining');
    report(null);
    report('joining');
    pass(2_999);
    report('joining');
    expect(lines).toEqual([]);
    pass(1);
    report('joining');
    expect(lines).toEqual([{ down: { reason: 'joining' } }]);
  });
});
