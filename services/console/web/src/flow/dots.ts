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

function takeSlot(taken: Set<number>): number {
  let slot = 0;
  while (taken.has(slot)) slot++;
  taken.add(slot);
  return slot;
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
  const statuses = new Map<string, string>(newest.map(({ id, status }) => [id, status]));
  const travelling = (before ?? []).filter((dot) => !statuses.has(dot.id) && now - dot.since < TRAVEL_MS);
  const taken = { PENDING: new Set<number>(), PUBLISHED: new Set<number>() };
  for (const dot of before ?? []) {
    const isStaying = (statuses.get(dot.id) ?? dot.at) === dot.at;
    if (isStaying && isUnfinished(dot.at)) taken[dot.at].add(dot.slot);
  }
  let turn = 0;
  const dots = [...newest].reverse().flatMap<Dot>(({ id, status, publishedAt }) => {
    if (status === 'DISCARDED') return [];
    const dot = known.get(id);
    if (dot?.at === status) return [dot];
    const from = dot?.at ?? (before === null ? null : 'start');
    const slot = isUnfinished(status) ? takeSlot(taken[status]) : 0;
    return [{ id, at: status, from, isPublished: publishedAt !== null, slot, since: now, turn: turn++ }];
  });
  return [...travelling, ...dots].slice(-MAX_DOTS);
}

/** Whether there is something to see: a message that waits, or one on its way. */
export const isVisible = (dot: Dot) => isUnfinished(dot.at) || dot.from !== null;
