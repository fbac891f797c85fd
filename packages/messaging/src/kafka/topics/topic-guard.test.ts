import { expect, it, vi } from 'vitest';
import { createTopicGuard } from './topic-guard.js';

it('runs a step once the topics exist, and retries both when either fails', async () => {
  const calls: string[] = [];
  const failures = new Set(['ensure 1', 'step 1']);
  const attempt = (name: string) => async () => {
    const call = `${name} ${calls.filter((done) => done.startsWith(name)).length + 1}`;
    calls.push(call);
    if (failures.has(call)) throw new Error(call);
  };
  const guard = createTopicGuard({ ensure: attempt('ensure'), isNeeded: () => false, everyMs: 1 });

  await guard.retryUntilDone(attempt('step'));

  expect(calls).toEqual(['ensure 1', 'ensure 2', 'step 1', 'ensure 3', 'step 2']);
});

it('recreates the topics only while needed, and ends when it is stopped', async () => {
  let needed = false;
  const ensure = vi.fn(async () => {
    needed = false;
    throw new Error('not yet');
  });
  const isNeeded = vi.fn(() => needed);
  const guard = createTopicGuard({ ensure, isNeeded, everyMs: 1 });

  const watching = guard.watch();
  await vi.waitFor(() => expect(isNeeded.mock.calls.length).toBeGreaterThan(3));
  expect(ensure).not.toHaveBeenCalled();
  needed = true;
  await vi.waitFor(() => expect(ensure).toHaveBeenCalledTimes(1));
  guard.stop();

  await expect(watching).resolves.toBeUndefined();
});
