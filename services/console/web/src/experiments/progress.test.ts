import type { MessageDetailView } from '@lmt/contracts';
import { describe, expect, it } from 'vitest';
import { orderIs, withKafka, withoutKafka } from './conditions.ts';
import type { Memory, Sight, Step } from './experiment.ts';
import { killInventory } from './kill-inventory.ts';
import { advance, begin, findSeen, hasEnded, hold, judge, remember, settle, succeeded } from './progress.ts';
import { check, decide, kill, placeOrder, watch } from './steps.ts';

const memory: Memory = {
  customerId: 'break-it-1',
  sku: 'MOUSE',
  key: 'k',
  availableBefore: 10,
  deadLettersBefore: 0,
  duplicatesBefore: 0,
  operator: 'ann',
  answers: [],
};
const nothing: Sight = {
  order: null,
  messages: [],
  inbox: [],
  available: null,
  health: null,
  deadLetters: null,
  processes: [],
  broker: 'kafka',
};
const confirmed: Sight = {
  ...nothing,
  order: { id: 'o', customerId: 'c', status: 'CONFIRMED', items: [], createdAt: '', updatedAt: '' },
};
const place = placeOrder();
const run = begin(killInventory, memory, { automatic: true, now: 1 });

describe('a run', () => {
  it('moves on with the outcome of each step, and ends after the last one', () => {
    const [first] = killInventory.steps as [Step];
    const second = advance(run, first, { ok: true, text: 'killed' }, 5);
    expect(second).toMatchObject({ index: 1, since: 5, outcomes: { [first.id]: { ok: true } } });
    expect(hasEnded(second)).toBe(false);
    const ended = killInventory.steps.reduce(
      (now, step) => advance(now, step, { ok: true, text: null }, 9),
      run,
    );
    expect([hasEnded(ended), succeeded(ended)]).toEqual([true, true]);
  });

  it('stops at a watch that was seen, until the reader continues, unless its steps follow by themselves', () => {
    const step = watch('w', { en: '', zh: '' }, []);
    const outcome = { ok: true, text: null };
    const stopped = settle({ ...run, automatic: false }, step, outcome, 5);
    expect([stopped.index, stopped.since, findSeen(stopped, step)]).toEqual([0, 1, outcome]);
    expect(findSeen(run, step)).toBeNull();
    expect(settle(run, step, outcome, 5)).toMatchObject({ index: 1, since: 5 });
    expect(settle({ ...run, automatic: false }, check(), outcome, 5).index).toBe(1);
  });

  it('stays at a step that failed and waits for the reader', () => {
    const held = hold(run, place, 'relay is already down');
    expect(held).toMatchObject({ index: 0, automatic: false });
    expect(succeeded(held)).toBe(false);
    expect(succeeded(advance(held, kill('relay'), { ok: true, text: null }, 2))).toBe(false);
    expect(succeeded(advance(held, place, { ok: true, text: null }, 2))).toBe(true);
  });

  it('remembers the order of a 201 answer, and every answer', () => {
    const order = { id: 'o1', messageId: 'm1' };
    const refused = remember(run, place, { status: 503, body: 'down', replayed: false });
    const placed = remember(refused, place, { status: 201, body: order, replayed: true });
    expect(refused.memory.order).toBeUndefined();
    expect(placed.memory.order).toBe(order);
    expect(placed.memory.answers).toEqual([
      { status: 503, orderId: null, replayed: false },
      { status: 201, orderId: 'o1', replayed: true },
    ]);
  });
});

describe('judge', () => {
  const title = { en: '', zh: '' };
  const context = { sight: nothing, memory, pastes: false, waitedMs: 60_000 };

  it('lets a watch wait for as long as it takes', () => {
    const step = watch('w', title, [orderIs('CONFIRMED')]);
    expect(judge(step, context)).toBeNull();
    const message = { status: 'COMPLETED', attempts: 2 } as MessageDetailView;
    const seen = { afterMs: 60_000, order: 'CONFIRMED', message: 'COMPLETED', attempts: 2 };
    const sight = { ...confirmed, messages: [message] };
    expect(judge(step, { ...context, sight })).toEqual({ ok: true, text: null, seen });
  });

  it('waits for a decision until the dead letter is one no longer', () => {
    const after = (status: MessageDetailView['status']) => {
      const sight = { ...nothing, messages: [{ status } as MessageDetailView] };
      return judge(decide, { ...context, sight })?.ok;
    };
    expect(judge(decide, context)).toBeNull();
    expect([after('DEAD'), after('PENDING'), after('DISCARDED')]).toEqual([undefined, true, true]);
  });

  it('fails a check whose conditions do not hold in time', () => {
    const step = check(orderIs('CONFIRMED'));
    expect(judge(step, { ...context, waitedMs: 1_000 })).toBeNull();
    expect(judge(step, context)).toEqual({ ok: false, text: null });
    expect(judge(step, { ...context, sight: confirmed })).toEqual({ ok: true, text: null });
  });

  it('waits only for conditions that can become true with the transport of the system', () => {
    const step = watch('w', title, [withKafka(orderIs('REJECTED')), withoutKafka(orderIs('CONFIRMED'))]);
    expect(judge(step, { ...context, sight: confirmed })).toBeNull();
    expect(judge(step, { ...context, sight: { ...confirmed, broker: 'direct' } })).toMatchObject({
      ok: true,
    });
  });

  it('sees the effect of a pasted command, but waits for the answer of a called one', () => {
    const health = { at: '', services: [{ name: 'relay', instances: [] }] } as const;
    const sight: Sight = { ...nothing, health };
    expect(judge(kill('relay'), { ...context, sight, pastes: true })).toEqual({ ok: true, text: null });
    expect(judge(kill('relay'), { ...context, sight })).toBeNull();
    expect(judge(kill('relay'), { ...context, pastes: true })).toBeNull();
  });
});
