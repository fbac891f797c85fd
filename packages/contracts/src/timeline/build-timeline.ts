import type { InboxMessageView } from '../inbox.js';
import type { MessageDetailView, OperatorActionView } from '../messages.js';
import { toInventorySteps } from './inventory-steps.js';
import { toOrderSteps } from './order-steps.js';
import { toPendingSteps } from './pending-steps.js';
import type { TimelineStep } from './step.js';

export interface TimelineSource {
  readonly message: MessageDetailView;
  /** Null if the inbox does not have the message, or cannot be read. */
  readonly inbox: InboxMessageView | null;
  /** The recorded decisions. Those on other messages are ignored. */
  readonly actions: readonly OperatorActionView[];
  readonly now: Date;
}

/**
 * Returns the recorded steps of a message in causal order, then the pending ones. Steps are sorted
 * by time only where causality leaves the order open, because their clocks may differ: the inventory
 * receives a message after its first publication, and its result completes the message.
 *
 * A decision that both the history and the recorded actions have is one step.
 */
export function buildTimeline({ message, inbox, actions, now }: TimelineSource): TimelineStep[] {
  const { result: reported } = message;
  const stored = inbox?.result ?? null;
  const ownActions = actions.filter(({ messageId }) => messageId === message.id);
  const wasReceived = reported !== null || inbox !== null;
  const steps = toOrderSteps(message, ownActions, { wasReceived, now });
  // After a FAILED result the inventory may process another copy of the message.
  const isOther = reported !== null && stored !== null && reported.processedAt !== stored.processedAt;
  if (reported !== null)
    insert(steps, toInventorySteps(reported, isOther ? null : inbox), findArrival(steps));
  if (inbox !== null && (reported === null || isOther))
    insert(steps, toInventorySteps(stored, inbox), steps.length);
  return measure([...steps, ...toPendingSteps(message, stored !== null, now)]);
}

/** Finds the step that the arrival of the stored result caused. */
function findArrival(steps: readonly TimelineStep[]): number {
  const last = steps.findLastIndex(({ kind }) => kind === 'completed' || kind === 'died');
  if (last < 0) return steps.length;
  return steps[last - 1]?.kind === 'late-result' ? last - 1 : last;
}

/** Inserts `inserted`, in its order, by time between the first publication and `end`. */
function insert(steps: TimelineStep[], inserted: readonly TimelineStep[], end: number): void {
  let start = steps.findIndex(({ kind }) => kind === 'published' || kind === 'unrecorded') + 1;
  let limit = end;
  for (const step of inserted) {
    const isEarlier = ({ at }: TimelineStep) => at !== null && step.at !== null && at <= step.at;
    const last = steps.findLastIndex((other, index) => index < limit && isEarlier(other));
    start = Math.max(start, last + 1);
    steps.splice(start, 0, step);
    start += 1;
    limit += 1;
  }
}

function measure(steps: readonly TimelineStep[]): TimelineStep[] {
  let previous: string | null = null;
  return steps.map((step) => {
    const { kind, at } = step;
    if (kind === 'movement' || kind === 'waiting' || kind === 'next-retry') return step;
    const sincePreviousMs =
      at === null || previous === null ? null : Math.max(0, Date.parse(at) - Date.parse(previous));
    previous = at;
    return { ...step, sincePreviousMs };
  });
}
