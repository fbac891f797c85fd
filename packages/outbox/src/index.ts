export { RELAY_SESSION_SETTINGS } from './claim-batch.js';
export { type AppliedResult, completeMessages, type MessageResult } from './complete-messages.js';
export { type Backlog, countBacklog, countMessages, type MessageStats } from './count-messages.js';
export {
  countDeadLetters,
  type DeadLetter,
  type Decision,
  findDeadLetters,
  type Selection,
} from './dead-letters.js';
export { type DiscardedMessage, discardMessages } from './discard-messages.js';
export { enqueue, enqueueMany } from './enqueue.js';
export { findMessage, findMessagesByKey, type MessageDetail, type MessageState } from './find-messages.js';
export type { MessageStatus } from './lifecycle.js';
export { type ListOptions, listMessages, type MessageSummary } from './list-messages.js';
export type { NewMessage } from './message.js';
export type { MessageFilter } from './message-filter.js';
export type { BatchReport, PublishedMessage } from './publish-batch.js';
export { PURGE_BATCH, purgeFinished } from './purge-finished.js';
export { createRelay, type Relay, type RelayObserver, type RelayOptions } from './relay.js';
export { type RequeuedMessage, requeueMessages } from './requeue-messages.js';
export type { RetryPolicy } from './retry-policy.js';
export type { Sql, TransactionSql } from './sql.js';
export { listenForWakeUps, type WakeUpListener } from './wake-up-listener.js';
