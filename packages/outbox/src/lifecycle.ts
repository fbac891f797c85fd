/** COMPLETED and DISCARDED are final. Messages in them are purged after the retention time. */
export type MessageStatus = 'PENDING' | 'PUBLISHED' | 'COMPLETED' | 'DEAD' | 'DISCARDED';

export type MessageEvent =
  /** The broker stored the message. */
  | 'acknowledged'
  /** The broker can never store the message as it is. */
  | 'unpublishable'
  /** The consumer's results. A business rejection finishes the message just as a success does. */
  | 'succeeded'
  | 'rejected'
  /** The consumer cannot process the message. */
  | 'failed'
  /** An operator's decisions on a dead letter. */
  | 'requeued'
  | 'discarded'
  /** The application takes back a message that is not published yet. */
  | 'cancelled'
  /** An operator makes a message due that would be due later. */
  | 'sent-now';

/**
 * The whole lifecycle. No other transition happens, because every UPDATE of a status either checks
 * its event's source states or changes rows that were already read and locked.
 */
const TRANSITIONS: Record<MessageEvent, Partial<Record<MessageStatus, MessageStatus>>> = {
  acknowledged: { PENDING: 'PUBLISHED', PUBLISHED: 'PUBLISHED' },
  unpublishable: { PENDING: 'DEAD' },
  succeeded: { PENDING: 'COMPLETED', PUBLISHED: 'COMPLETED', DEAD: 'COMPLETED' },
  rejected: { PENDING: 'COMPLETED', PUBLISHED: 'COMPLETED', DEAD: 'COMPLETED' },
  failed: { PENDING: 'DEAD', PUBLISHED: 'DEAD' },
  requeued: { DEAD: 'PENDING' },
  discarded: { DEAD: 'DISCARDED' },
  cancelled: { PENDING: 'DISCARDED' },
  'sent-now': { PENDING: 'PENDING', PUBLISHED: 'PUBLISHED' },
};

/** Returns the status after `event`, or null if `event` does not change a message in `status`. */
export function transition(status: MessageStatus, event: MessageEvent): MessageStatus | null {
  return TRANSITIONS[event][status] ?? null;
}

/** Returns the statuses in which `event` changes a message. Statements use them as their guard. */
export function sourceStates(event: MessageEvent): MessageStatus[] {
  return Object.keys(TRANSITIONS[event]) as MessageStatus[];
}
