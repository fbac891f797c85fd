import { expect, it, vi } from 'vitest';
import { createBrokerCheck, probeUntilAvailable } from './broker-check.js';

function start() {
  const broker = { down: null as string | null, probes: 0 };
  const outage = { report: vi.fn() };
  let now = 0;
  const check = createBrokerCheck(
    {
      async probe() {
        broker.probes += 1;
        if (broker.down) throw new Error(broker.down);
      },
    },
    outage,
    () => now,
  );
  return { broker, check, outage, pass: (seconds: number) => (now += seconds * 1_000) };
}

it('probes a broker that has not answered yet', async () => {
  const { broker, check, outage } = start();
  broker.down = 'connection refused';
  expect(await check.unavailableReason()).toBe('connection refused');
  expect(outage.report).toHaveBeenLastCalledWith('connection refused');
  check.recordSuccess();
  expect(outage.report).toHaveBeenLastCalledWith(null);
});

it('does not probe while messages are acknowledged', async () => {
  const { broker, check, pass } = start();
  for (let round = 0; round < 10; round += 1) {
    check.recordSuccess();
    pass(10);
    expect(await check.unavailableReason()).toBeNull();
  }
  expect(broker.probes).toBe(0);
});

it('detects that the broker goes down and comes back while idle, with one probe for concurrent checks', async () => {
  const { broker, check, pass } = start();
  expect(await check.unavailableReason()).toBeNull();
  broker.down = 'connection refused';
  pass(15);
  const answers = await Promise.all([check.unavailableReason(), check.unavailableReason()]);
  expect(answers).toEqual(['connection refused', 'connection refused']);
  expect(broker.probes).toBe(2);
  broker.down = null;
  expect(await check.unavailableReason()).toBe('connection refused');
  pass(2);
  expect(await check.unavailableReason()).toBeNull();
});

it('trusts an acknowledged batch over an earlier failed probe', async () => {
  const { broker, check } = start();
  broker.down = 'connection refused';
  await check.unavailableReason();
  check.recordSuccess();
  expect(await check.unavailableReason()).toBeNull();
});

it('probes until the first answer', async () => {
  vi.useFakeTimers();
  try {
    const reasons = ['connection refused', null, 'never read'];
    const unavailableReason = vi.fn(async () => reasons.shift() ?? null);
    const stop = probeUntilAvailable(unavailableReason);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(unavailableReason).toHaveBeenCalledTimes(2);
    stop();
  } finally {
    vi.useRealTimers();
  }
});
