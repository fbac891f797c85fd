import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLockSkipping, type LockPatience } from './skip-locked.js';

interface Message {
  readonly key: string;
  readonly id: number;
}

/** A fake database with rows that other sessions hold, by message id. A brief wait takes 100 ms. */
function aDatabase({ visible = [], invisible = [] }: { visible?: number[]; invisible?: number[] }) {
  const held = { visible: new Set(visible), invisible: new Set(invisible) };
  const effects: number[] = [];
  const calls: [patience: LockPatience, messages: number][] = [];
  let looks = 0;
  let nowMs = 0;
  const processUnlocked = createLockSkipping<Message>({
    async process(messages, patience) {
      calls.push([patience, messages.length]);
      if (messages.some(({ id }) => held.visible.has(id) || held.invisible.has(id))) {
        nowMs += patience === 'brief' ? 100 : 1_000;
        throw new Error('locked');
      }
      effects.push(...messages.map(({ id }) => id));
    },
    isLocked: (error) => error instanceof Error && error.message === 'locked',
    async findHeld() {
      looks += 1;
      return ({ id }) => held.visible.has(id);
    },
    monotonicNow: () => nowMs,
  });
  const run = async (messages: readonly Message[]) => (await processUnlocked(messages)).map(({ id }) => id);
  return { run, effects, calls, held, looks: () => looks, elapsedMs: () => nowMs };
}

const messages = (count: number): Message[] =>
  Array.from({ length: count }, (_, id) => ({ id, key: `order ${id}` }));

describe('row-lock-inventory: a batch', () => {
  it('is processed at once while nothing is locked', async () => {
    const { run, calls, looks } = aDatabase({});
    expect(await run(messages(500))).toEqual([]);
    expect([calls, looks()]).toEqual([[['session', 500]], 0]);
  });

  it('skips only the locked messages and later messages of their orders', async () => {
    const ids = fc.uniqueArray(fc.nat(40), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(
        ids,
        ids,
        fc.array(fc.nat(10), { maxLength: 40 }),
        async (visible, invisible, keys) => {
          const batch = keys.map((key, id) => ({ id, key: `order ${key}` }));
          const { run, effects } = aDatabase({ visible, invisible });
          const skipped = await run(batch);
          expect([...effects, ...skipped].sort((a, b) => a - b)).toEqual(batch.map(({ id }) => id));
          expect(effects).toEqual([...effects].sort((a, b) => a - b));
          const locked = new Set([...visible, ...invisible]);
          const delayed = new Set(batch.filter(({ id }) => locked.has(id)).map(({ key }) => key));
          for (const { id, key } of batch) {
            if (locked.has(id)) expect(skipped).toContain(id);
            if (!delayed.has(key)) expect(effects).toContain(id);
            const later = batch.filter((other) => other.key === key && other.id > id);
            if (skipped.includes(id))
              expect(skipped).toEqual(expect.arrayContaining(later.map((one) => one.id)));
          }
        },
      ),
    );
  });

  it('looks for locked rows first, without waiting, while rows are held', async () => {
    const { run, calls, held, looks } = aDatabase({ visible: [3] });
    expect(await run(messages(10))).toEqual([3]);
    expect(await run(messages(10))).toEqual([3]);
    expect(calls).toEqual([
      ['session', 10],
      ['session', 9],
      ['session', 9],
    ]);
    held.visible.clear();
    expect(await run(messages(10))).toEqual([]);
    await run(messages(10));
    expect([looks(), calls.length]).toEqual([3, 5]);
  });

  it('finds one of 500 messages that waits for an invisible row within 2 s of brief waits', async () => {
    const { run, elapsedMs } = aDatabase({ invisible: [337] });
    expect(await run(messages(500))).toEqual([337]);
    expect(elapsedMs()).toBeLessThanOrEqual(1_000 + 2_000);
  });

  it('skips messages together instead of searching for long among many invisible rows', async () => {
    const invisible = Array.from({ length: 250 }, (_, index) => index * 2);
    const { run, effects, elapsedMs } = aDatabase({ invisible });
    const skipped = await run(messages(500));
    expect(skipped).toEqual(expect.arrayContaining(invisible));
    expect(effects.length + skipped.length).toBe(500);
    expect(elapsedMs()).toBeLessThan(6_000);
  });

  it('throws any other error, so the whole batch is redelivered', async () => {
    const processUnlocked = createLockSkipping<Message>({
      process: () => Promise.reject(new Error('down')),
      isLocked: () => false,
      findHeld: () => Promise.reject(new Error('not called')),
      monotonicNow: () => 0,
    });
    await expect(processUnlocked(messages(3))).rejects.toThrow('down');
  });
});
