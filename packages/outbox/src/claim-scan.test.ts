import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BEGINNING, type ClaimStart, createClaimScan, findReached } from './claim-scan.js';

const MARGIN_MS = 1_000;
const options = { marginMs: MARGIN_MS, completeEveryMs: Number.POSITIVE_INFINITY };
const at = (ms: number) => new Date(ms);

function start() {
  let now = 0;
  const scan = createClaimScan({ ...options, monotonicNow: () => now });
  return {
    scan,
    pass: (ms: number) => {
      now += ms;
    },
    /** Makes a claim that reaches `seq` and the due time `seq`. Returns where it started. */
    async claim(seq: bigint, tookMs = 0): Promise<ClaimStart> {
      let started: ClaimStart = { ...BEGINNING, newFirst: false };
      await scan.claim(async (position) => {
        started = position;
        now += tookMs;
        return { reached: { seq, dueAt: at(Number(seq)) } };
      });
      return started;
    },
  };
}

describe('where a claim starts', () => {
  it('starts at the beginning until a claim is older than the margin', async () => {
    const { claim, pass } = start();
    expect(await claim(10n)).toMatchObject(BEGINNING);
    pass(999);
    expect(await claim(20n)).toMatchObject(BEGINNING);
    pass(1);
    expect(await claim(30n)).toMatchObject(BEGINNING);
    expect(await claim(40n)).toMatchObject({ seq: 10n, dueAt: at(10) });
  });

  it('counts the margin up to the start of the latest claim, even if the claim is old', async () => {
    const { claim, pass } = start();
    await claim(10n);
    pass(500);
    await claim(20n, 5_000);
    pass(60_000);
    // The second claim began 500 ms after the first and could not see later commits.
    expect(await claim(30n)).toMatchObject(BEGINNING);
  });

  it('never starts behind the place that the latest claim reached', async () => {
    const { claim, pass } = start();
    for (const seq of [100n, 200n, 300n]) {
      await claim(seq);
      pass(10_000);
    }
    expect((await claim(7n)).seq).toBe(200n);
    pass(10_000);
    expect((await claim(400n)).seq).toBe(7n);
    pass(10_000);
    expect((await claim(500n)).seq).toBe(7n);
    pass(10_000);
    expect((await claim(600n)).seq).toBe(400n);
  });

  it('alternates between new and timed messages, so that neither starves', async () => {
    const { claim } = start();
    const first = [await claim(1n), await claim(1n), await claim(1n)].map(({ newFirst }) => newFirst);
    expect(first).toEqual([true, false, true]);
  });

  it('starts one claim at the beginning on request, then resumes', async () => {
    const { claim, pass, scan } = start();
    for (const seq of [10n, 20n, 30n]) {
      await claim(seq);
      pass(MARGIN_MS);
    }
    scan.requestComplete();
    expect(await claim(40n)).toMatchObject(BEGINNING);
    expect(await claim(50n)).toMatchObject({ seq: 30n });
  });

  it('starts at the beginning once in a while, unless that takes more than a fiftieth of the time', async () => {
    let now = 0;
    const scan = createClaimScan({ monotonicNow: () => now, marginMs: 0, completeEveryMs: 250 });
    const startAt = async (ms: number, tookMs: number) => {
      now = ms;
      return await scan.claim(async ({ seq }) => {
        now += tookMs;
        return { reached: { seq: 10n, dueAt: at(10) }, isComplete: seq === 0n };
      });
    };
    const isCompleteAt = async (ms: number, tookMs = 0) => (await startAt(ms, tookMs)).isComplete;
    for (const ms of [1, 2]) await startAt(ms, 0);
    expect(await isCompleteAt(249)).toBe(false);
    expect(scan.completeInMs()).toBe(251);
    expect(await isCompleteAt(250, 1)).toBe(true);
    expect(scan.completeInMs()).toBeNull();
    expect(await isCompleteAt(500)).toBe(false);
    expect(await isCompleteAt(501, 100)).toBe(true);
    scan.requestComplete();
    expect(await isCompleteAt(601 + 49 * 100 - 1)).toBe(false);
    expect(scan.completeInMs()).toBe(1);
    expect(await isCompleteAt(601 + 49 * 100)).toBe(true);
  });

  it('repeats a complete claim that one kind of messages filled', async () => {
    const { claim, pass, scan } = start();
    for (const seq of [10n, 20n, 30n]) {
      await claim(seq);
      pass(MARGIN_MS);
    }
    scan.requestComplete();
    await scan.claim(async () => ({ reached: { seq: 40n, dueAt: null } }));
    expect(await claim(50n)).toMatchObject(BEGINNING);
    expect(await claim(60n)).not.toMatchObject(BEGINNING);
  });

  it('lets complete claims take a fiftieth of the time at most, but pauses for 10 s at most', async () => {
    const { claim, pass, scan } = start();
    for (const seq of [10n, 20n, 30n]) {
      await claim(seq);
      pass(MARGIN_MS);
    }
    scan.requestComplete();
    await claim(40n, 100);
    scan.requestComplete();
    pass(4_899);
    expect((await claim(50n)).seq).not.toBe(0n);
    pass(1);
    const failure = scan.claim(async (position) => {
      expect(position).toMatchObject(BEGINNING);
      pass(10_000);
      throw new Error('statement timeout');
    });
    await expect(failure).rejects.toThrow('statement timeout');
    scan.requestComplete();
    pass(9_999);
    expect((await claim(60n)).seq).not.toBe(0n);
    pass(1);
    expect((await claim(70n)).seq).toBe(0n);
  });
});

it('starts at the earliest place of the reference claim and the later ones, or before it', async () => {
  const step = fc.record({ waitMs: fc.integer({ min: 0, max: MARGIN_MS }), reached: fc.bigInt(1n, 9n) });
  await fc.assert(
    fc.asyncProperty(fc.array(step), fc.boolean(), async (steps, grows) => {
      const { claim, pass } = start();
      const passes = [{ at: -Infinity, reached: 0n }];
      let now = 0;
      for (const { waitMs, reached } of steps) {
        const place = grows ? (passes.at(-1)?.reached ?? 0n) + reached : reached;
        const since = passes.findLastIndex(({ at }) => at <= (passes.at(-1)?.at ?? 0) - MARGIN_MS);
        const places = passes.slice(Math.max(since, 0)).map((earlier) => earlier.reached);
        const [earliest = 0n] = places.toSorted((a, b) => Number(a - b));
        const { seq } = await claim(place);
        if (grows) expect(seq).toBe(earliest);
        else expect(seq).toBeLessThanOrEqual(earliest);
        passes.push({ at: now, reached: place });
        now += waitMs;
        pass(waitMs);
      }
    }),
  );
});

describe('the place that a claim reached', () => {
  const end = { seq: 90n, dueAt: at(90) };

  it('is the first message of each kind', () => {
    const claimed = [
      { seq: 8n, dueAt: null },
      { seq: 7n, dueAt: null },
      { seq: 2n, dueAt: at(50) },
      { seq: 1n, dueAt: at(60) },
    ];
    for (const newFirst of [true, false]) {
      expect(findReached(claimed, { newFirst, isFull: true, end })).toEqual({ seq: 7n, dueAt: at(50) });
    }
  });

  it('is the end of a kind without messages', () => {
    const isFull = false;
    const fresh = [{ seq: 3n, dueAt: null }];
    expect(findReached([], { newFirst: true, isFull, end })).toEqual(end);
    expect(findReached(fresh, { newFirst: true, isFull, end })).toEqual({ seq: 3n, dueAt: at(90) });
  });

  it('is unknown for the second kind if the first kind filled the batch', () => {
    const isFull = true;
    const [fresh, timed] = [[{ seq: 3n, dueAt: null }], [{ seq: 3n, dueAt: at(5) }]];
    expect(findReached(fresh, { newFirst: true, isFull, end })).toEqual({ seq: 3n, dueAt: null });
    expect(findReached(fresh, { newFirst: false, isFull, end })).toEqual({ seq: 3n, dueAt: at(90) });
    expect(findReached(timed, { newFirst: false, isFull, end })).toEqual({ seq: null, dueAt: at(5) });
    expect(findReached(timed, { newFirst: true, isFull, end })).toEqual({ seq: 90n, dueAt: at(5) });
  });

  it('moves on for a kind that only every other claim reads', async () => {
    let now = 0;
    const scan = createClaimScan({ ...options, monotonicNow: () => now });
    let start: ClaimStart = { ...BEGINNING, newFirst: false };
    for (let round = 1; round <= 8; round++) {
      await scan.claim(async (position) => {
        start = position;
        const dueAt = position.newFirst ? null : at(round);
        return { reached: { seq: BigInt(round), dueAt } };
      });
      now += MARGIN_MS;
    }
    expect(start).toMatchObject({ seq: 6n, dueAt: at(4) });
  });
});
