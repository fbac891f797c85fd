import { expect, it } from 'vitest';
import { createLiveness } from './liveness.js';

function watched() {
  let time = 0;
  return { liveness: createLiveness(() => time), pass: (ms: number) => (time += ms) };
}

it('is not ready before it has joined its group, and after it has left', () => {
  const { liveness } = watched();
  expect(liveness.notReadyBecause()).toMatch(/not in its consumer group/);
  liveness.joined();
  expect(liveness.notReadyBecause()).toBeNull();
  liveness.left('disconnected: refused');
  expect(liveness.notReadyBecause()).toBe('disconnected: refused');
});

it('is not ready when the broker has been silent for as long as a session lasts', () => {
  const { liveness, pass } = watched();
  liveness.joined();
  pass(10_000);
  expect(liveness.notReadyBecause()).toBeNull();
  pass(1);
  expect(liveness.notReadyBecause()).toBe('no answer from Kafka for 10 s');
  liveness.answered();
  expect(liveness.notReadyBecause()).toBeNull();
});

it('is not ready while a partition stands still, whatever the others do', () => {
  const { liveness, pass } = watched();
  liveness.joined();
  const fail = (partition: string, ms: number) => {
    liveness.failed(partition);
    pass(ms);
    liveness.answered();
  };
  for (let tries = 0; tries < 5; tries += 1) {
    expect(liveness.notReadyBecause()).toBeNull();
    fail('order-events/3', 5_000);
    liveness.succeeded('order-events/1');
  }
  expect(liveness.notReadyBecause()).toMatch(
    /^batches of order-events\/3 have failed again and again for 25 s/,
  );
  liveness.succeeded('order-events/3');
  expect(liveness.notReadyBecause()).toBeNull();
});

it('forgets the failures of a partition that is no longer tried, or after it has joined again', () => {
  const { liveness, pass } = watched();
  liveness.joined();
  liveness.failed('order-events/3');
  pass(31_000);
  liveness.answered();
  liveness.failed('order-events/3');
  pass(2_000);
  liveness.answered();
  expect(liveness.notReadyBecause()).toBeNull();
  pass(24_000);
  liveness.failed('order-events/3');
  liveness.answered();
  expect(liveness.notReadyBecause()).not.toBeNull();
  liveness.joined();
  expect(liveness.notReadyBecause()).toBeNull();
});
