import { expect, it } from 'vitest';
import { appendSample, computeRate, computeRates, EMPTY_SERIES } from './rates.ts';
import type { Health } from './views.ts';

const START = Date.parse('2026-11-26T12:00:00Z');

/** One answer each second. Each maps the instances of the order service to their completed messages. */
function toSeries(...answers: readonly Readonly<Record<string, number | null>>[]) {
  return answers
    .map<Health>((answer, second) => ({
      at: new Date(START + second * 1_000).toISOString(),
      services: [
        {
          name: 'order',
          instances: Object.entries(answer).map(([address, completed]) => ({
            address,
            ready: completed !== null,
            problems: [],
            counters: completed === null ? {} : { completed },
          })),
        },
      ],
    }))
    .reduce(appendSample, EMPTY_SERIES);
}

it('has no rate before the second sample', () => {
  expect(computeRate(toSeries(), 'order.completed')).toBeNull();
  expect(computeRate(toSeries({ a: 500 }), 'order.completed')).toBeNull();
});

it('divides the increase by the time between the samples', () => {
  expect(computeRate(toSeries({ a: 500 }, { a: 510 }, { a: 530 }), 'order.completed')).toBe(15);
});

it('uses the last samples only', () => {
  const series = toSeries({ a: 0 }, { a: 900 }, { a: 900 }, { a: 902 }, { a: 904 });
  expect(computeRate(series, 'order.completed', 2_000)).toBe(2);
});

it('uses the last two samples if they are further apart than the window', () => {
  expect(computeRate(toSeries({ a: 0 }, { a: 7 }), 'order.completed', 500)).toBe(7);
});

it('counts from 0 after a restart', () => {
  expect(computeRate(toSeries({ a: 500 }, { a: 4 }), 'order.completed')).toBe(4);
});

it('adds up several instances', () => {
  expect(computeRate(toSeries({ a: 10, b: 20 }, { a: 15, b: 27 }), 'order.completed')).toBe(12);
});

it('leaves out the counts of a new instance from before its first answer', () => {
  expect(computeRate(toSeries({ a: 10 }, { a: 11, b: 900 }), 'order.completed')).toBe(1);
});

it('leaves out the counts of an instance from before its first answer', () => {
  expect(computeRate(toSeries({ a: null }, { a: 900 }), 'order.completed')).toBe(0);
});

it('continues from the last known counters after an instance did not answer', () => {
  const series = toSeries({ a: 100 }, { a: null }, { a: 103 });
  expect(computeRates(series, 'order.completed').map((point) => point.perSecond)).toEqual([0, 3]);
});

it('ignores an answer that it has already', () => {
  const series = toSeries({ a: 1 });
  const health: Health = { at: new Date(START).toISOString(), services: [] };
  expect(appendSample(series, health)).toBe(series);
});

it('forgets samples older than about two minutes', () => {
  const series = toSeries(...Array.from({ length: 200 }, () => ({ a: 1 })));
  expect(series.samples.length).toBeLessThanOrEqual(132);
});
