/** COMPLETED and DISCARDED are final; such rows are purged after the retention time. */
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
  | 'discarded';

/**
 * The whole lifecycle. Transitions that are not listed do not happen: every UPDATE of a message is
 * guarded by its event's source states, or made on rows that were read and locked before.
 */
const TRANSITIONS: Record<MessageEvent, Partial<Record<MessageStatus, MessageStatus>>> = {
  acknowledged: { PENDING: 'PUBLISHED', PUBLISHED: 'PUBLISHED' },
  unpublishable: { PENDING: 'DEAD' },
  succeeded: { PENDING: 'COMPLETED', PUBLISHED: 'COMPLETED', DEAD: 'COMPLETED' },
  rejected: { PENDING: 'COMPLETED', PUBLISHED: 'COMPLETED', DEAD: 'COMPLETED' },
  failed: { PENDING: 'DEAD', PUBLISHED: 'DEAD' },
  requeued: { DEAD: 'PENDING' },
  discarded: { DEAD: 'DISCARDED' },
};

/** The status after `event`, or null if `event` changes nothing in `status`. */
export function transition(status: MessageStatus, event: MessageEvent): MessageStatus | null {
  return TRANSITIONS[event][status] ?? null;
}

/** The statuses in which `event` changes something: the guard of the statement that applies it. */
export function sourceStates(event: MessageEvent): MessageStatus[] {
  return Object.keys(TRANSITIONS[event]) as MessageStatus[];
}
