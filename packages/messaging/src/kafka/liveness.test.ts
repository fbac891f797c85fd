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
