import { expect, it } from 'vitest';
import { isolateOffenders } from './isolate-offenders.js';
import type { PublishOutcome } from './port.js';

/** A receiver that accepts a part of at most `limit` bytes in total. */
async function send(sizes: readonly number[], limit: number) {
  const outcomes = new Map<number, PublishOutcome>();
  let calls = 0;
  const items = sizes.map((bytes, at) => ({ bytes, at }));
  await isolateOffenders(items, {
    async send(part) {
      calls += 1;
      if (part.reduce((sum, { bytes }) => sum + bytes, 0) > limit)
        return { reason: 'too large', isTooLarge: true };
      for (const { at } of part) outcomes.set(at, { status: 'acknowledged' });
      return null;
    },
    toBytes: ({ bytes }) => bytes,
    settle: ({ at }, outcome) => outcomes.set(at, outcome),
    limit: 'the limit',
  });
  return { calls, outcomes: sizes.map((_, at) => outcomes.get(at)) };
}
const statuses = (outcomes: readonly (PublishOutcome | undefined)[]) => outcomes.map((one) => one?.status);

it('rejects only messages that are too large on their own', async () => {
  const { outcomes } = await send([300, 2_000_000, 300, 300], 1_000_000);
  expect(statuses(outcomes)).toEqual(['acknowledged', 'rejected', 'acknowledged', 'acknowledged']);
  expect(outcomes[1]).toEqual({ status: 'rejected', reason: '2000000 bytes: too large' });
});

it('lowered-limit: keeps a small message, names the limit and sends smaller messages', async () => {
  const { outcomes } = await send([9_000, 300, 300], 5_000);
  expect(outcomes[0]).toEqual({
    status: 'unavailable',
    destinationOnly: true,
    reason: '9000 bytes: too large; raise the limit',
  });
  expect(statuses(outcomes).slice(1)).toEqual(['acknowledged', 'acknowledged']);
});

it('lowered-limit: does not try a thousand messages one by one', async () => {
  const { calls, outcomes } = await send(Array(1_024).fill(400), 200);
  expect(new Set(statuses(outcomes))).toEqual(new Set(['unavailable']));
  expect(calls).toBeLessThan(30);
});
