import { expect, it } from 'vitest';
import { createLockedMessages } from './locked-messages.js';

function start() {
  const clock = { ms: 0 };
  return { clock, ...createLockedMessages(() => clock.ms) };
}

it('reports repeatedly skipped messages after 25 s, until they are processed', () => {
  const { clock, skipped, answered, lockReason } = start();
  skipped(['a', 'b']);
  clock.ms = 24_000;
  skipped(['a']);
  expect(lockReason()).toBeNull();
  clock.ms = 40_000;
  expect(lockReason()).toMatch(/^2 messages wait .* for 40 s; see the log$/);
  answered(['a', 'c']);
  expect(lockReason()).toMatch(/^1 messages? /);
  answered(['b']);
  expect(lockReason()).toBeNull();
});

it('forgets a message that does not return, because another instance has processed it', () => {
  const { clock, skipped, lockReason } = start();
  skipped(['a']);
  clock.ms = 330_000;
  expect(lockReason()).not.toBeNull();
  clock.ms += 1;
  expect(lockReason()).toBeNull();
});
