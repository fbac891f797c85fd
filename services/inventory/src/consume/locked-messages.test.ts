import { expect, it } from 'vitest';
import { createLockedMessages } from './locked-messages.js';

function start() {
  const clock = { ms: 0 };
  const processed = new Set<string>();
  const findProcessed = async (ids: readonly string[]) => ids.filter((id) => processed.has(id));
  return { clock, processed, ...createLockedMessages({ monotonicNow: () => clock.ms, findProcessed }) };
}

it('reports repeatedly skipped messages after 25 s, until they are processed', async () => {
  const { clock, skipped, answered, lockReason } = start();
  skipped(['a', 'b']);
  clock.ms = 24_000;
  skipped(['a']);
  expect(await lockReason()).toBeNull();
  clock.ms = 40_000;
  expect(await lockReason()).toMatch(/^2 messages wait .* for 40 s; see the log$/);
  answered(['a', 'c']);
  expect(await lockReason()).toMatch(/^1 message waits /);
  answered(['b']);
  expect(await lockReason()).toBeNull();
});

it('forgets a message that does not return, because another instance has rejected it', async () => {
  const { clock, skipped, lockReason } = start();
  skipped(['a']);
  clock.ms = 330_000;
  expect(await lockReason()).not.toBeNull();
  clock.ms += 1;
  expect(await lockReason()).toBeNull();
});

it('forgets messages that another instance has processed after a rebalance', async () => {
  const { clock, processed, skipped, lockReason } = start();
  skipped(['a', 'b']);
  clock.ms = 40_000;
  processed.add('a');
  expect(await lockReason()).toMatch(/^1 message waits /);
  processed.add('b');
  expect(await lockReason()).toBeNull();
});
