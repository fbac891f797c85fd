import { expect, test, vi } from 'vitest';
import { withoutEchoes } from './interruptions.js';

function setUp() {
  const handle = vi.fn();
  let time = 7;
  const interrupt = withoutEchoes(handle, () => time);
  return {
    handle,
    interruptAfter(ms: number) {
      time += ms;
      interrupt();
    },
  };
}

test('passes on the first interruption', () => {
  const { handle, interruptAfter } = setUp();
  interruptAfter(0);
  expect(handle).toHaveBeenCalledTimes(1);
});

test('takes what follows within half a second for the same interruption', () => {
  const { handle, interruptAfter } = setUp();
  interruptAfter(0);
  interruptAfter(1);
  interruptAfter(498);
  expect(handle).toHaveBeenCalledTimes(1);
});

test('passes on a later one, counted from the first and not from its echo', () => {
  const { handle, interruptAfter } = setUp();
  interruptAfter(0);
  interruptAfter(300);
  interruptAfter(200);
  expect(handle).toHaveBeenCalledTimes(2);
});
