import { describe, expect, it } from 'vitest';
import { TALL, WIDE } from './drawing.ts';
import { cut, findRest, findWay, measure } from './travel.ts';

describe('findWay', () => {
  it('leads a new message out of the order service', () => {
    expect(findWay(WIDE, 'start', 'PENDING', false)).toEqual([{ ...WIDE.legs.written[0], tone: 'waiting' }]);
  });

  it('leads a published message through the relay and the broker only', () => {
    const way = findWay(TALL, 'PENDING', 'PUBLISHED', true);
    expect(way.map(({ x, y }) => ({ x, y }))).toEqual(TALL.legs.published);
  });

  it('leads a result from the inventory through the callback only', () => {
    const [first] = findWay(WIDE, 'PUBLISHED', 'COMPLETED', true);
    expect(first).toEqual({ ...WIDE.legs.reported[0], tone: 'good' });
  });

  it('leads a message that is seen first when it is completed the whole way round', () => {
    const way = findWay(WIDE, 'start', 'COMPLETED', true);
    const { written, published, reported } = WIDE.legs;
    expect(way).toHaveLength(written.length + published.length + reported.length + 1);
    expect(way.map(({ tone }) => tone)).toEqual(['waiting', 'sent', 'sent', 'good', 'good', 'good', 'good']);
  });

  it('ends at the other row for a dead letter', () => {
    expect(findWay(WIDE, 'PUBLISHED', 'DEAD', true).at(-1)).toEqual({
      ...WIDE.legs.ends.DEAD[0],
      tone: 'bad',
    });
  });

  it('leads a message that could not be published straight to the dead letters', () => {
    expect(findWay(WIDE, 'PENDING', 'DEAD', false)).toEqual([]);
  });

  it('leads a requeued message straight back', () => {
    expect(findWay(WIDE, 'DEAD', 'PENDING', true)).toEqual([]);
  });
});

describe('findRest', () => {
  it('gives messages of a queue different places', () => {
    for (const drawing of [WIDE, TALL]) {
      for (const station of ['PENDING', 'PUBLISHED'] as const) {
        const places = Array.from({ length: 40 }, (_, slot) => findRest(drawing, station, slot));
        expect(new Set(places.map(({ x, y }) => `${x} ${y}`)).size).toBe(40);
      }
    }
  });
});

describe('measure', () => {
  it('places each point by its distance', () => {
    const points = [
      { x: 0, y: 0 },
      { x: 30, y: 0 },
      { x: 30, y: 10 },
    ];
    expect(measure(points)).toEqual({ length: 40, offsets: [0, 0.75, 1] });
  });
});

describe('cut', () => {
  const way = [
    { x: 0, y: 0, tone: 'waiting' },
    { x: 100, y: 0, tone: 'waiting' },
    { x: 100, y: 100, tone: 'sent' },
  ] as const;

  it('continues from the current point', () => {
    expect(cut(way, 0.25)).toEqual([{ x: 50, y: 0, tone: 'waiting' }, way[1], way[2]]);
    expect(cut(way, 0.75)).toEqual([{ x: 100, y: 50, tone: 'sent' }, way[2]]);
  });

  it('has only the end left at the end', () => {
    expect(cut(way, 1)).toEqual([way[2]]);
  });
});
