// The steps that the order service has recorded, all by the clock of its database.
import type { MessageDetailView, OperatorActionView } from '../messages.js';
import { type TimelineStep, takenAt } from './step.js';

type HistoryEntry = MessageDetailView['history'][number];
type DecisionKind = 'requeued' | 'discarded' | 'sent-now';

const DECISIONS = {
  requeue: 'requeued',
  discard: 'discarded',
  'send-now': 'sent-now',
} as const satisfies Record<OperatorActionView['action'], DecisionKind>;

/** Whether two times of one transaction may differ because only one was rounded to milliseconds. */
const isSameTime = (a: string, b: string) => Math.abs(Date.parse(a) - Date.parse(b)) <= 1;

const recorded = (time: string | null) => takenAt(time, 'order database');
const toMs = ({ at }: TimelineStep) => Date.parse(at ?? '');
const toText = (value: unknown) => (typeof value === 'string' ? value : null);

interface Publication {
  readonly claimedAt: string | null;
  readonly at: string | null;
  readonly position: string | null;
}

function toPublication(attempt: number, { claimedAt, at, position }: Publication): TimelineStep[] {
  const claimed: TimelineStep[] =
    claimedAt === null ? [] : [{ kind: 'claimed', ...recorded(claimedAt), attempt }];
  return [...claimed, { kind: 'published', ...recorded(at), attempt, position }];
}

function toSteps(entry: HistoryEntry): TimelineStep[] {
  const { at, event } = entry;
  const reason = toText(entry.reason);
  switch (event) {
    case 'republished': {
      const position = toText(entry.position);
      return toPublication(Number(entry.attempt), { claimedAt: toText(entry.claimedAt), at, position });
    }
    case 'publish-failed':
    case 'died':
      return [{ kind: event, ...recorded(at), reason }];
    case 'late-result':
      return [{ kind: event, ...recorded(at), outcome: toText(entry.outcome) }];
    case 'requeued':
    case 'discarded':
    case 'sent-now':
      return [{ kind: event, ...recorded(at), by: toText(entry.by) ?? '', reason }];
    default:
      return [];
  }
}

/**
 * Adds the recorded decisions that the history lacks. A decision writes its history entry and its
 * record in one transaction, so both have one time.
 */
function addActions(
  history: readonly HistoryEntry[],
  actions: readonly OperatorActionView[],
): readonly HistoryEntry[] {
  const entries = [...history];
  for (const { action, actor: by, at, reason } of actions) {
    const event = DECISIONS[action];
    if (history.some((entry) => entry.event === event && isSameTime(entry.at, at))) continue;
    const later = entries.findIndex((entry) => Date.parse(entry.at) > Date.parse(at));
    entries.splice(later < 0 ? entries.length : later, 0, { at, event, by, reason });
  }
  return entries;
}

const unrecorded: TimelineStep = { kind: 'unrecorded', ...recorded(null) };

/**
 * Returns when the message became due again after a publication. Left out if the due time was set by
 * a failed publication or an operator, and for republications that older relays recorded.
 */
function toDeadlines(
  { status, publishedAt, availableAt, history }: MessageDetailView,
  now: Date,
): TimelineStep[] {
  const steps: TimelineStep[] = [];
  let published = publishedAt;
  const add = (dueAt: string | null) => {
    const ms = dueAt === null || published === null ? 0 : Date.parse(dueAt) - Date.parse(published);
    if (ms > 0) steps.push({ kind: 'deadline', ...recorded(dueAt), sincePublishedMs: ms });
  };
  for (const { at, event, dueAt } of history) {
    if (event === 'republished') {
      add(toText(dueAt));
      published = at;
    } else if (event === 'publish-failed') published = null;
  }
  if (status === 'PUBLISHED' && Date.parse(availableAt) <= now.getTime()) add(availableAt);
  return steps;
}

/** Marks the publications that show the loss of an earlier copy. */
function markLosses(steps: readonly TimelineStep[]): TimelineStep[] {
  const earlier: { readonly partition: string; readonly offset: number; readonly at: string }[] = [];
  return steps.map((step, index) => {
    if (step.kind !== 'published') return step;
    const [, partition = '', offset] = /^(.+)@(\d+)$/.exec(step.position ?? '') ?? [];
    if (offset === undefined || step.at === null) return step;
    const claim = steps.findLast(
      (other, before) => before < index && other.kind === 'claimed' && other.attempt === step.attempt,
    );
    const isLost = earlier.some(
      (copy) => copy.partition === partition && copy.offset >= Number(offset) && copy.at <= (claim?.at ?? ''),
    );
    earlier.push({ partition, offset: Number(offset), at: step.at });
    return isLost ? { ...step, earlierCopyLost: true } : step;
  });
}

/** Counts the retries that the bounded history has dropped, as far as the message's counters show. */
function countMissing({ attempts, failures, history }: MessageDetailView): number {
  const count = (event: string) => history.filter((entry) => entry.event === event).length;
  const publications = Math.max(0, attempts - 1 - count('republished'));
  return publications + Math.max(0, failures - count('publish-failed'));
}

/** Returns the first publication, which has columns of its own, or null if none is recorded. */
function findFirstPublication({
  attempts,
  claimedAt,
  publishedAt,
  position,
  history,
}: MessageDetailView): Publication | null {
  if (attempts === 0) return null;
  // Older versions overwrote the time of the first publication with the time of the last one.
  const isOverwritten = history.some(
    ({ event, at }) => event === 'republished' && publishedAt !== null && isSameTime(at, publishedAt),
  );
  if (publishedAt === null || isOverwritten) return { claimedAt: null, at: null, position: null };
  // An older order service does not return these fields.
  return { claimedAt: claimedAt ?? null, at: publishedAt, position: position ?? null };
}

/**
 * Returns the recorded steps in their order. The first publication is placed by its time, before any
 * republication. The steps after it are sorted by time, because a relay may receive or record the
 * acknowledgement of a publication after the message's result.
 */
export function toOrderSteps(
  message: MessageDetailView,
  actions: readonly OperatorActionView[],
  { wasReceived, now }: { readonly wasReceived: boolean; readonly now: Date },
): TimelineStep[] {
  const { createdAt, completedAt, status } = message;
  const entries = addActions(message.history, actions);
  const first = findFirstPublication(message);
  const firstAt = first?.at ?? null;
  const isAfterFirst = ({ event, at }: HistoryEntry) =>
    event === 'republished' ||
    (firstAt === null ? event !== 'publish-failed' : Date.parse(at) > Date.parse(firstAt));
  const later = first === null && !wasReceived ? 0 : entries.findIndex(isAfterFirst);
  const firstIndex = later < 0 ? entries.length : later;
  const missing = countMissing(message);
  const following: TimelineStep[] = [
    ...entries.slice(firstIndex).flatMap(toSteps),
    ...toDeadlines(message, now),
    ...(status === 'COMPLETED' ? [{ kind: 'completed' as const, ...recorded(completedAt) }] : []),
  ];

  return markLosses([
    { kind: 'written', ...recorded(createdAt) },
    ...entries.slice(0, firstIndex).flatMap(toSteps),
    ...(first !== null ? toPublication(1, first) : wasReceived ? [unrecorded] : []),
    ...(missing === 0 ? [] : [{ kind: 'gap' as const, ...recorded(null), missing }]),
    ...following.sort((one, other) => toMs(one) - toMs(other)),
  ]);
}
