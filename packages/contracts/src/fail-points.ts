/**
 * The lines at which a test can make a process fail: FAIL_POINTS="post.beforeCommit=kill". Off, and
 * refused, unless NODE_ENV=test. All of them, by the process they are in; docs/failures.md says what
 * each shows.
 */
export const FAIL_POINTS = {
  order: [
    // Order and message are written, nothing is committed.
    'post.beforeCommit',
    // They are committed, the client has no answer yet.
    'post.afterCommit',
    // A result has changed message and order, nothing is committed.
    'order.beforeComplete',
    // That is committed, the consumer has no answer yet.
    'order.afterComplete',
  ],
  relay: [
    // The lease is committed, nothing has left. `error`: the database is lost.
    'relay.afterClaim',
    // As before. `error`: the broker can't be reached.
    'relay.beforePublish',
    // The broker has the messages. `error`: its answer is lost.
    'relay.publishReplyLost',
    // The broker has them and said so, the table does not know. `error`: the database is lost.
    'relay.afterPublishBeforeMark',
  ],
  inventory: [
    // A batch has come in, nothing is done.
    'inventory.beforeTx',
    // Inbox, stock, movements, reservations and results are written, nothing is committed.
    'inventory.midTx',
    // They are committed, their results have not left. `pause`: the offset is committed meanwhile.
    'inventory.afterCommitBeforeCallback',
    // They are committed, the broker's offset is not.
    'inventory.afterCommitBeforeOffset',
  ],
} as const;

export type FailPoint<Process extends keyof typeof FAIL_POINTS> = (typeof FAIL_POINTS)[Process][number];
