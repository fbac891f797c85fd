export { validate as isCronExpression } from 'node-cron';
export { cancelMessages } from './cancel-messages.js';
export { RELAY_SESSION_SETTINGS } from './claim-batch.js';
export {
  type AppliedResult,
  type Completion,
  completeMessages,
  completeSql,
  decideCompletion,
  type MessageResult,
  NOTHING_APPLIED,
} from './complete-messages.js';
export { type Backlog, COUNT_SESSION_SETTINGS, countBacklog, countMessages } from './count-messages.js';
export {
  type DecidedMessage,
  type DiscardedMessage,
  discardMessages,
  findDecided,
  type RequeuedMessage,
  requeueMessages,
  type SentMessage,
  sendMessagesNow,
} from './decide-messages.js';
export { enqueue, enqueueMany, enqueueSql } from './enqueue.js';
export { findMessage, findMessagesByKey, listMessages, type MessageDetail } from './find-messages.js';
export { measureSpeed } from './measure-speed.js';
export type { NewMessage } from './message.js';
export {
  findAnswer,
  type IdempotentRequest,
  listActions,
  type OperatorAction,
  type OperatorVerb,
  recordAction,
} from './operator-actions.js';
export type { BatchReport, PublishedMessage } from './publish-batch.js';
export type { RetryPolicy } from './retry-policy.js';
export { CursorError } from './scan-messages.js';
export { selectMessages } from './select-messages.js';
export type { Sql, TransactionSql } from './sql.js';
export { type MessageTimes, toDuration, toStages } from './stages.js';
export { type Relay, type RelayObserver, startRelay } from './start-relay.js';
