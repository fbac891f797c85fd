import type { Drawing, Point, Station } from './drawing.ts';

export type Tone = 'waiting' | 'sent' | 'good' | 'bad';

export interface Waypoint extends Point {
  readonly tone: Tone;
}

export const TONES: Readonly<Record<Station, Tone>> = {
  PENDING: 'waiting',
  PUBLISHED: 'sent',
  COMPLETED: 'good',
  DEAD: 'bad',
};

/** Where a message rests. Finished messages rest in the table, behind its surface. */
export function findRest(drawing: Drawing, station: Station, slot: number): Waypoint {
  const tone = TONES[station];
  if (station === 'PENDING' || station === 'PUBLISHED') return { ...drawing.slot(station, slot), tone };
  const [first, ...rest] = drawing.legs.ends[station];
  return { ...(rest.at(-1) ?? first), tone };
}

const paint = (points: readonly Point[], tone: Tone): Waypoint[] =>
  points.map((point) => ({ ...point, tone }));

/**
 * The points between two stations, without the stations themselves. From `start` a message comes out of
 * the order service. The way back (a requeue) and the way of a message that was never published and
 * became DEAD are straight lines.
 */
export function findWay(
  { legs }: Drawing,
  from: Station | 'start',
  to: Station,
  isPublished: boolean,
): readonly Waypoint[] {
  const written = from === 'start' ? paint(legs.written, 'waiting') : [];
  if (to === 'PENDING') return written;
  if (to === 'DEAD' && !isPublished) return written;
  if (from === 'COMPLETED' || from === 'DEAD') return [];
  const published = from === 'PUBLISHED' ? [] : paint(legs.published, 'sent');
  if (to === 'PUBLISHED') return [...written, ...published];
  const reported = paint([...legs.reported, ...legs.ends[to].slice(0, -1)], TONES[to]);
  return [...written, ...published, ...reported];
}

const distance = (a: Point, b: Point) => Math.hypot(a.x - b.x, a.y - b.y);

/** The length of a way, and how far along it each of its points is, from 0 to 1. */
export function measure(points: readonly Point[]): { readonly length: number; readonly offsets: number[] } {
  const sums = points.reduce<number[]>((found, point, index) => {
    const before = points[index - 1];
    found.push((found.at(-1) ?? 0) + (before === undefined ? 0 : distance(before, point)));
    return found;
  }, []);
  const length = sums.at(-1) ?? 0;
  return { length, offsets: sums.map((sum) => (length === 0 ? 1 : sum / length)) };
}

/** The rest of a way of which `progress` (0 to 1) has been travelled, from the current point. */
export function cut(points: readonly Waypoint[], progress: number): readonly Waypoint[] {
  const { offsets } = measure(points);
  const index = offsets.findIndex((offset) => offset > progress);
  const [before, after] = [points[index - 1], points[index]];
  if (before === undefined || after === undefined) return points.slice(-1);
  const [start, end] = [offsets[index - 1] ?? 0, offsets[index] ?? 1];
  const part = (progress - start) / (end - start);
  const current = {
    x: before.x + (after.x - before.x) * part,
    y: before.y + (after.y - before.y) * part,
    tone: after.tone,
  };
  return [current, ...points.slice(index)];
}
