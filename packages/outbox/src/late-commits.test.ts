import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createClaimScan, findReached } from './claim-scan.js';

const MARGIN_MS = 1_000;
const options = { marginMs: MARGIN_MS, completeEveryMs: Number.POSITIVE_INFINITY };

describe('commits in another order than seq', () => {
  interface Step {
    readonly writes: readonly { readonly commitsAfterMs: number }[];
    readonly waitMs: number;
    readonly tookMs: number;
    readonly batchSize: number;
  }
  const step = fc.record({
    writes: fc.array(fc.record({ commitsAfterMs: fc.integer({ min: 0, max: MARGIN_MS }) }), { maxLength: 5 }),
    waitMs: fc.integer({ min: 0, max: 2 * MARGIN_MS }),
    tookMs: fc.integer({ min: 0, max: MARGIN_MS }),
    batchSize: fc.integer({ min: 1, max: 6 }),
  });

  /** A table of new messages. Each commits some time after its `seq` was assigned. */
  function createTable() {
    let lastSeq = 0n;
    const rows: { readonly seq: bigint; readonly committedAt: number; claimed: boolean }[] = [];
    return {
      write: (committedAt: number) => void rows.push({ seq: ++lastSeq, committedAt, claimed: false }),
      due: (now: number) => rows.filter((row) => !row.claimed && row.committedAt <= now),
      lastSeq: () => lastSeq,
    };
  }

  it('delays no message whose transaction commits within the margin', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps: readonly Step[]) => {
        let now = 0;
        const table = createTable();
        const scan = createClaimScan({ ...options, monotonicNow: () => now });
        for (const { writes, waitMs, tookMs, batchSize } of steps) {
          now += waitMs;
          for (const { commitsAfterMs } of writes) table.write(now + commitsAfterMs);
          await scan.claim(async (position) => {
            const due = table.due(now);
            const found = due.filter(({ seq }) => seq >= position.seq);
            expect(found).toEqual(due);
            const claimed = found.slice(0, batchSize);
            for (const row of claimed) row.claimed = true;
            now += tookMs;
            const rows = claimed.map(({ seq }) => ({ seq, dueAt: null }));
            const isFull = claimed.length === batchSize;
            const end = { seq: table.lastSeq(), dueAt: new Date(now) };
            return { reached: findReached(rows, { newFirst: position.newFirst, isFull, end }) };
          });
        }
      }),
    );
  });
});
