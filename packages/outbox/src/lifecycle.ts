/** States of a message. COMPLETED and DISCARDED are final; rows in them are purged. */
export type MessageStatus = 'PENDING' | 'PUBLISHED' | 'COMPLETED' | 'DEAD' | 'DISCARDED';

/** What can happen to a message. */
export type MessageEvent =
  /** The broker stored it. */
  | 'acknowledged'
  /** It can never be published as it is. */
  | 'unpublishable'
  /** The consumer's results; a business "no" finishes the message as a success does. */
  | 'succeeded'
  | 'rejected'
  /** The consumer gave up on it. */
  | 'failed'
  /** A person's decisions on a dead letter. */
  | 'requeued'
  | 'discarded';

/**
 * The whole lifecycle. What is not here does not happen: every UPDATE of a message is guarded by
 * the states that its event leaves, or made on rows that were read and locked before.
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

/** The state that `event` leads to from `status`, or null if it changes nothing there. */
export function transition(status: MessageStatus, event: MessageEvent): MessageStatus | null {
  return TRANSITIONS[event][status] ?? null;
}

/** The states that `event` leaves: the guard of the statement that carries it out. */
export function sourceStates(event: MessageEvent): MessageStatus[] {
  return Object.keys(TRANSITIONS[event]) as MessageStatus[];
}
