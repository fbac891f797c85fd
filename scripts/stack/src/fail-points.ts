// The lines at which a test can make a process fail: FAIL_POINTS="post.beforeCommit=kill" in the
// environment of a service that the stack starts. docs/failures.md states for each line what must
// hold afterwards.

/** Grouped by process. */
export const FAIL_POINTS = {
  order: [
    // The order and its message are written but not committed.
    'post.beforeCommit',
    // The order and its message are committed, but the client has no answer yet.
    'post.afterCommit',
    // A result has changed the message and the order, but is not committed.
    'order.beforeComplete',
    // The result is committed, but the consumer has no answer yet.
    'order.afterComplete',
  ],
  relay: [
    // The lease is committed, but no message is published. `error`: the database connection is
    // lost.
    'relay.afterClaim',
    // The same state as after the claim. `error`: the broker cannot be reached.
    'relay.beforePublish',
    // The broker has the messages. `error`: its answer is lost.
    'relay.publishReplyLost',
    // The broker has acknowledged the messages, but the table does not record it yet. `error`: the
    // database connection is lost.
    'relay.afterPublishBeforeMark',
  ],
  inventory: [
    // A batch has arrived, but no transaction has started.
    'inventory.beforeTx',
    // Inbox, stock, movements, reservations and results are written but not committed.
    'inventory.midTx',
    // The batch is committed, but its results are not sent. `pause`: the offset is committed
    // meanwhile.
    'inventory.afterCommitBeforeCallback',
    // The batch is committed, but the broker's offset is not.
    'inventory.afterCommitBeforeOffset',
  ],
} as const;

export type FailPoint = (typeof FAIL_POINTS)[keyof typeof FAIL_POINTS][number];
