import type { TimelineStep } from '@lmt/contracts/timeline';
import { expect, it } from 'vitest';
import { measureTotal, toBars } from './waterfall.ts';

const start = Date.parse('2026-11-26T12:00:00.000Z');
const at = (ms: number) => new Date(start + ms).toISOString();
const base = { clock: 'order database' } as const;
const written: TimelineStep = { ...base, kind: 'written', at: at(0), sincePreviousMs: null };
const claimed: TimelineStep = { ...base, kind: 'claimed', attempt: 1, at: at(250), sincePreviousMs: 250 };
const completed: TimelineStep = { ...base, kind: 'completed', at: at(1_000), sincePreviousMs: 750 };
const waiting: TimelineStep = {
  ...base,
  kind: 'waiting',
  stage: 'consumer',
  at: at(9_000),
  sincePreviousMs: null,
};

it('draws each step from the step before it on one axis', () => {
  expect(toBars([written, claimed, completed], new Date(at(5_000)))).toEqual([
    null,
    { left: 0, width: 25 },
    { left: 25, width: 75 },
  ]);
});

it('lets the axis of an unfinished message grow until now, and the waiting bar with it', () => {
  expect(measureTotal([written, claimed, waiting], new Date(at(2_500)))).toEqual({
    from: start,
    to: start + 2_500,
  });
  expect(toBars([written, claimed, waiting], new Date(at(2_500)))).toEqual([
    null,
    { left: 0, width: 10 },
    { left: 10, width: 90 },
  ]);
});

it('keeps bars inside the axis if the clocks of the services differ', () => {
  const late: TimelineStep = { ...base, kind: 'received', at: at(4_000), sincePreviousMs: 3_750 };
  const early: TimelineStep = { ...base, kind: 'completed', at: at(1_000), sincePreviousMs: 0 };
  expect(toBars([written, claimed, late, early], new Date(at(9_000)))).toEqual([
    null,
    { left: 0, width: 6.25 },
    { left: 6.25, width: 93.75 },
    { left: 25, width: 0 },
  ]);
});

it('does not count stock movements, whose clock is another one', () => {
  const moved: TimelineStep = {
    kind: 'movement',
    clock: 'inventory database',
    at: at(60_000),
    sincePreviousMs: null,
    sku: 'MOUSE',
    delta: -1,
  };
  expect(measureTotal([written, claimed, moved], new Date(at(0)))).toEqual({ from: start, to: start + 250 });
  expect(toBars([written, claimed, moved, waiting], new Date(at(1_000)))[3]).toEqual({ left: 25, width: 75 });
});

it('has no bars without a time', () => {
  const unknown: TimelineStep = { ...base, kind: 'received', at: null, sincePreviousMs: null };
  expect(toBars([unknown], new Date(at(0)))).toEqual([null]);
});
