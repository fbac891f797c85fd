import type { InboxMessageView } from '../inbox.js';
import type { MessageDetailView, OperatorActionView } from '../messages.js';
import { buildTimeline } from './build-timeline.js';
import type { TimelineStep } from './step.js';

export const ID = '01a20374-15b6-7231-a82c-e4b3b47ade6c';

/** A time within one hour, given as `mm:ss` or `mm:ss.mmm`. */
export const at = (time: string) => new Date(`2026-11-26T12:${time}Z`).toISOString();
/** The same time as Postgres writes it into the history. */
export const inHistory = (time: string) => `2026-11-26T12:${time}+00:00`;

export function createMessage(changes: Partial<MessageDetailView> = {}): MessageDetailView {
  return {
    id: ID,
    topic: 'order-events',
    key: 'an order',
    type: 'order.placed.v1',
    status: 'PENDING',
    attempts: 0,
    failures: 0,
    availableAt: at('00:00'),
    lastError: null,
    createdAt: at('00:00'),
    claimedAt: null,
    publishedAt: null,
    position: null,
    completedAt: null,
    leasedUntil: null,
    payload: {},
    headers: {},
    result: null,
    history: [],
    ...changes,
  };
}

/** Published for the first time at 00:01. */
export const publishedMessage = (changes: Partial<MessageDetailView> = {}) =>
  createMessage({
    status: 'PUBLISHED',
    attempts: 1,
    claimedAt: at('00:00.900'),
    publishedAt: at('00:01'),
    position: 'order-events/3@17',
    availableAt: at('00:11'),
    ...changes,
  });

export const createInbox = (changes: Partial<InboxMessageView> = {}): InboxMessageView => ({
  id: ID,
  type: 'order.placed.v1',
  orderId: 'an order',
  receivedAt: at('00:01.010'),
  result: { outcome: 'SUCCEEDED', receivedAt: at('00:01.005'), processedAt: at('00:01.020') },
  reservation: null,
  movements: [],
  ...changes,
});

export const createMovement = (sku: string, delta: number, createdAt: string) => ({
  id: '1',
  orderId: 'an order',
  sku,
  kind: 'DEDUCT' as const,
  delta,
  createdAt,
});

export const createAction = (changes: Partial<OperatorActionView>): OperatorActionView => ({
  id: '1',
  at: at('00:30'),
  actor: 'ada',
  action: 'requeue',
  messageId: ID,
  messageKey: 'an order',
  messageType: 'order.placed.v1',
  reason: null,
  ...changes,
});

export function build(
  message: MessageDetailView,
  inbox: InboxMessageView | null = null,
  actions: readonly OperatorActionView[] = [],
  now = at('00:40'),
): TimelineStep[] {
  return buildTimeline({ message, inbox, actions, now: new Date(now) });
}

/** One line a step: kind, time, milliseconds since the step before, and the step's own fields. */
const describeStep = ({ kind, at: time, sincePreviousMs, clock: _, ...own }: TimelineStep) =>
  [kind, time?.slice(17, -1) ?? '-', sincePreviousMs ?? '-', ...Object.values(own)].join(' ');
export const lines = (...given: Parameters<typeof build>) => build(...given).map(describeStep);
export const kinds = (...given: Parameters<typeof build>) => build(...given).map(({ kind }) => kind);

export const result = {
  outcome: 'SUCCEEDED' as const,
  receivedAt: at('00:01.005'),
  processedAt: at('00:01.020'),
  sentAt: at('00:01.030'),
};
export const completed = { status: 'COMPLETED', completedAt: at('00:01.042'), result } as const;
