import type { MessageStatus, MessageView } from '@lmt/contracts';
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
  /** The table counts fewer messages at this station. The dot is not drawn. */
  readonly isSurplus: boolean;
}

/** How many messages the table counts at the stations with a queue. */
export type QueueCounts = Readonly<Record<'PENDING' | 'PUBLISHED', number>>;

type Seen = Pick<MessageView, 'id' | 'status' | 'publishedAt'>;

/** The longest time that a dot takes to its station. */
export const TRAVEL_MS = 2_500;
/** The most dots at a time, whatever the rate. */
export const MAX_DOTS = 48;

const isUnfinished = (station: Station): station is keyof QueueCounts =>
  station === 'PENDING' || station === 'PUBLISHED';

/** Whether a dot that set off at `since` has had the time to arrive. */
const isResting = ({ since }: Dot, now: number) => now - since >= TRAVEL_MS;

/** How many more of these messages are in each queue than the table counts there. */
function countSurplus(stations: readonly MessageStatus[], counts: QueueCounts) {
  const surplusOf = (queue: keyof QueueCounts) =>
    stations.filter((station) => station === queue).length - counts[queue];
  return { PENDING: surplusOf('PENDING'), PUBLISHED: surplusOf('PUBLISHED') };
}

/**
 * Gives the places in each queue to its messages in their order, so that they move up. At most as many
 * dots rest in a queue as the table counts there. The oldest are surplus, because they go on first.
 */
function fillQueues(dots: readonly Dot[], counts: QueueCounts, now: number): readonly Dot[] {
  const next = { PENDING: 0, PUBLISHED: 0 };
  const surplus = countSurplus(
    dots.map(({ at }) => at),
    counts,
  );
  return dots.map((dot) => {
    if (!isUnfinished(dot.at)) return dot;
    const isSurplus = surplus[dot.at] > 0 && isResting(dot, now);
    if (isSurplus) surplus[dot.at] -= 1;
    const slot = isSurplus ? dot.slot : next[dot.at]++;
    if (slot === dot.slot && isSurplus === dot.isSurplus) return dot;
    // A dot that is drawn again appears in its place.
    return { ...dot, slot, isSurplus, from: isSurplus ? null : dot.from };
  });
}

/**
 * The dots after new answers: the newest messages, and how many the table counts. A message that was
 * not known sets off from the order service, whatever its status. `before` is null when the page opens:
 * nothing moves then. A dot that has left the list stays until it has arrived, or moves on from a
 * queue in which the table counts fewer messages.
 */
export function planDots(
  before: readonly Dot[] | null,
  newest: readonly Seen[],
  counts: QueueCounts,
  now: number,
): readonly Dot[] {
  const known = new Map((before ?? []).map((dot) => [dot.id, dot]));
  const listed = new Set(newest.map(({ id }) => id));
  let turn = 0;
  const gone = (before ?? []).filter((dot) => !listed.has(dot.id) && !isResting(dot, now));
  const surplus = countSurplus([...gone.map(({ at }) => at), ...newest.map(({ status }) => status)], counts);
  const travelling = gone.map<Dot>((dot) => {
    if (!isUnfinished(dot.at) || surplus[dot.at]-- <= 0) return dot;
    return { ...dot, from: dot.at, at: 'COMPLETED', isPublished: true, since: now, turn: turn++ };
  });
  const dots = [...newest].reverse().flatMap<Dot>(({ id, status, publishedAt }) => {
    if (status === 'DISCARDED') return [];
    const dot = known.get(id);
    if (dot?.at === status) return [dot];
    const from = dot?.at ?? (before === null ? null : 'start');
    const isPublished = publishedAt !== null;
    return [{ id, at: status, from, isPublished, slot: 0, since: now, turn: turn++, isSurplus: false }];
  });
  return fillQueues([...travelling, ...dots].slice(-MAX_DOTS), counts, now);
}

/** Whether there is something to see: a message that waits, or one on its way. */
export const isVisible = (dot: Dot) => !dot.isSurplus && (isUnfinished(dot.at) || dot.from !== null);
