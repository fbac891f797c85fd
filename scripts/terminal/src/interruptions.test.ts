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

test('calls the handler at the first interruption', () => {
  const { handle, interruptAfter } = setUp();
  interruptAfter(0);
  expect(handle).toHaveBeenCalledTimes(1);
});

test('ignores calls within half a second of the first one', () => {
  const { handle, interruptAfter } = setUp();
  interruptAfter(0);
  interruptAfter(1);
  interruptAfter(498);
  expect(handle).toHaveBeenCalledTimes(1);
});

test('calls the handler for a later interruption, counted from the first call and not from its echo', () => {
  const { handle, interruptAfter } = setUp();
  interruptAfter(0);
  interruptAfter(300);
  interruptAfter(200);
  expect(handle).toHaveBeenCalledTimes(2);
});
