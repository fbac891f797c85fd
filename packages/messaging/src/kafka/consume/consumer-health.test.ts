import { expect, it } from 'vitest';
import { createConsumerHealth } from './consumer-health.js';

function start() {
  let time = 0;
  const health = createConsumerHealth(() => time);
  return {
    health,
    pass: (ms: number) => (time += ms),
    fail: (partition: string) =>
      health.trackBatch(partition, () => Promise.reject(new Error('no'))).catch(() => {}),
    succeed: (partition: string) => health.trackBatch(partition, async () => {}),
  };
}

it('is not ready before it has joined its group, and after it has left', () => {
  const { health } = start();
  expect(health.notReadyReason()).toMatch(/not in its consumer group/);
  health.joined();
  expect(health.notReadyReason()).toBeNull();
  health.left('disconnected: refused');
  expect(health.notReadyReason()).toBe('disconnected: refused');
});

it('is not ready from the rejection of a request until a fetch succeeds', () => {
  const { health } = start();
  health.joined();
  health.denied('no permission to read');
  health.joined();
  health.answered();
  expect(health.notReadyReason()).toBe('no permission to read');
  health.fetched();
  expect(health.notReadyReason()).toBeNull();
});

it('is not ready when the broker has been silent for longer than a session', () => {
  const { health, pass } = start();
  health.joined();
  pass(10_000);
  expect(health.notReadyReason()).toBeNull();
  pass(1);
  expect(health.notReadyReason()).toBe('no answer from Kafka for 10 s');
  health.answered();
  expect(health.notReadyReason()).toBeNull();
});

it('is not ready while the batches of one partition fail, although others succeed', async () => {
  const { health, pass, fail, succeed } = start();
  health.joined();
  for (let tries = 0; tries < 5; tries += 1) {
    expect(health.notReadyReason()).toBeNull();
    await fail('order-events/3');
    pass(5_000);
    health.answered();
    await succeed('order-events/1');
  }
  expect(health.notReadyReason()).toMatch(/^batches of order-events\/3: failing for 25 s/);
  await succeed('order-events/3');
  expect(health.notReadyReason()).toBeNull();
});

it('stays ready during a slow batch, which may be waiting for other partitions', async () => {
  const { health, pass } = start();
  health.joined();
  let finish = () => {};
  const batch = health.trackBatch('order-events/3', () => new Promise<void>((resolve) => (finish = resolve)));
  pass(60_000);
  health.answered();
  expect(health.notReadyReason()).toBeNull();
  finish();
  await batch;
  expect(health.notReadyReason()).toBeNull();
});

it('forgets the failures of a partition after it has joined again', async () => {
  const { health, pass, fail } = start();
  health.joined();
  await fail('order-events/3');
  pass(26_000);
  health.answered();
  expect(health.notReadyReason()).not.toBeNull();
  health.joined();
  expect(health.notReadyReason()).toBeNull();
});
