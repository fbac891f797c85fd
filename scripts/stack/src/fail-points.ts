// The lines at which a test can make a process fail: FAIL_POINTS="post.beforeCommit=kill" in the
// environment of a service that the stack starts. docs/failures.md lists the promises for each.

/** By the process they are in. */
export const FAIL_POINTS = {
  order: [
    // The order and its message are written, nothing is committed.
    'post.beforeCommit',
    // They are committed, the client has no answer yet.
    'post.afterCommit',
    // A result has changed message and order, nothing is committed.
    'order.beforeComplete',
    // The result is committed, the consumer has no answer yet.
    'order.afterComplete',
  ],
  relay: [
    // The lease is committed, nothing is published. `error`: the database connection is lost.
    'relay.afterClaim',
    // As before. `error`: the broker can't be reached.
    'relay.beforePublish',
    // The broker has the messages. `error`: its answer is lost.
    'relay.publishReplyLost',
    // The broker has acknowledged the messages, the table does not record it. `error`: the database
    // connection is lost.
    'relay.afterPublishBeforeMark',
  ],
  inventory: [
    // A batch has arrived, nothing is done.
    'inventory.beforeTx',
    // Inbox, stock, movements, reservations and results are written, nothing is committed.
    'inventory.midTx',
    // They are committed, their results are not sent. `pause`: the offset is committed meanwhile.
    'inventory.afterCommitBeforeCallback',
    // They are committed, the broker's offset is not.
    'inventory.afterCommitBeforeOffset',
  ],
} as const;

export type FailPoint = (typeof FAIL_POINTS)[keyof typeof FAIL_POINTS][number];
