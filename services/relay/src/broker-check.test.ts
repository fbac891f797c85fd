import { expect, it } from 'vitest';
import { createBrokerCheck } from './broker-check.js';

function start() {
  const broker = { down: null as string | null, probes: 0 };
  let now = 0;
  const check = createBrokerCheck(
    {
      async probe() {
        broker.probes += 1;
        if (broker.down) throw new Error(broker.down);
      },
    },
    () => now,
  );
  return { broker, check, pass: (seconds: number) => (now += seconds * 1_000) };
}

it('asks a broker that has never been heard of', async () => {
  const { broker, check } = start();
  broker.down = 'connection refused';
  expect(await check.unavailableBecause()).toBe('connection refused');
});

it('asks nobody while messages are taken', async () => {
  const { broker, check, pass } = start();
  for (let round = 0; round < 10; round += 1) {
    check.answered();
    pass(10);
    expect(await check.unavailableBecause()).toBeNull();
  }
  expect(broker.probes).toBe(0);
});

it('finds by itself that an idle broker is gone, and that it is back, and asks once for many', async () => {
  const { broker, check, pass } = start();
  expect(await check.unavailableBecause()).toBeNull();
  broker.down = 'connection refused';
  pass(15);
  const answers = await Promise.all([check.unavailableBecause(), check.unavailableBecause()]);
  expect(answers).toEqual(['connection refused', 'connection refused']);
  expect(broker.probes).toBe(2);
  broker.down = null;
  expect(await check.unavailableBecause()).toBe('connection refused');
  pass(2);
  expect(await check.unavailableBecause()).toBeNull();
});

it('believes a batch that was taken more than an earlier probe', async () => {
  const { broker, check } = start();
  broker.down = 'connection refused';
  await check.unavailableBecause();
  check.answered();
  expect(await check.unavailableBecause()).toBeNull();
});
