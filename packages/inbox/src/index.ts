export {
  type AppliedMessage,
  type ConflictingMessage,
  type ConsumedMessage,
  consumeOnce,
  type Effect,
  type IdentifiedMessage,
  type TransactionSql,
} from './consume-once.js';
