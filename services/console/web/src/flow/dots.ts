import type { MessageView } from '@lmt/contracts';
import type { Station } from './drawing.ts';

/** A message in the drawing. */
export interface Dot {
  readonly id: string;
  readonly at: Station;
  /** The station before. Null if the message was here when the page opened. */
  readonly from: Station | 'start' | null;
  readonly isPublished: boolean;
  /** Its place in the queue of its station. */
  readonly slot: number;
  /** When it set off for its station. */
  readonly since: number;
  /** Number of messages that set off at the same time before it. They follow each other. */
  readonly turn: number;
}

type Seen = Pick<MessageView, 'id' | 'status' | 'publishedAt'>;

/** The longest time that a dot takes to its station. */
export const TRAVEL_MS = 2_500;
/** The most dots at a time, whatever the rate. */
export const MAX_DOTS = 48;

const isUnfinished = (station: Station) => station === 'PENDING' || station === 'PUBLISHED';

/** Gives the places in each queue to its messages in their order, so that they move up. */
function fillQueues(dots: readonly Dot[]): readonly Dot[] {
  const next = { PENDING: 0, PUBLISHED: 0 };
  return dots.map((dot) => {
    if (!isUnfinished(dot.at)) return dot;
    const slot = next[dot.at]++;
    return slot === dot.slot ? dot : { ...dot, slot };
  });
}

/**
 * The dots after a new answer with the newest messages. A message that was not known sets off from the
 * order service, whatever its status. `before` is null when the page opens: nothing moves then. A dot
 * that has left the list stays until it has arrived.
 */
export function planDots(
  before: readonly Dot[] | null,
  newest: readonly Seen[],
  now: number,
): readonly Dot[] {
  const known = new Map((before ?? []).map((dot) => [dot.id, dot]));
  const listed = new Set(newest.map(({ id }) => id));
  const travelling = (before ?? []).filter((dot) => !listed.has(dot.id) && now - dot.since < TRAVEL_MS);
  let turn = 0;
  const dots = [...newest].reverse().flatMap<Dot>(({ id, status, publishedAt }) => {
    if (status === 'DISCARDED') return [];
    const dot = known.get(id);
    if (dot?.at === status) return [dot];
    const from = dot?.at ?? (before === null ? null : 'start');
    return [{ id, at: status, from, isPublished: publishedAt !== null, slot: 0, since: now, turn: turn++ }];
  });
  return fillQueues([...travelling, ...dots].slice(-MAX_DOTS));
}

/** Whether there is something to see: a message that waits, or one on its way. */
export const isVisible = (dot: Dot) => isUnfinished(dot.at) || dot.from !== null;
