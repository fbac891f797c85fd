export {
  type ConsumedMessage,
  createInbox,
  type Effect,
  type IdentifiedMessage,
  type Inbox,
  type InboxOptions,
  type TransactionSql,
} from './consume-once.js';
