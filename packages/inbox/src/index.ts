export {
  type AppliedMessage,
  type ConflictingMessage,
  type ConsumedMessage,
  type Consumption,
  consumeOnce,
  decideConsumption,
  type Effect,
  type IdentifiedMessage,
  type StoredMessage,
  type TransactionSql,
} from './consume-once.js';
