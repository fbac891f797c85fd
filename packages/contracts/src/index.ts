export {
  type DeadLettersView,
  type DeadLetterView,
  listDeadLettersQuery,
  MAX_DEAD_LETTER_BODY,
} from './dead-letters.js';
export {
  ORDER_CANCELLED,
  ORDER_EVENT_TYPES,
  ORDER_EVENTS_DEAD_LETTER_TOPIC,
  ORDER_EVENTS_PARTITIONS,
  ORDER_EVENTS_TOPIC,
  ORDER_EVENTS_TOPICS,
  ORDER_PLACED,
  type OrderCancelled,
  type OrderEvent,
  type OrderPlaced,
  orderCancelled,
  orderEvent,
  orderPlaced,
} from './events.js';
export { toText, uuid } from './fields.js';
export type { InboxMessageView, ReservationStatus } from './inbox.js';
export {
  MAX_RESULTS,
  type MessageResult,
  type MessageResultsResponse,
  messageResult,
  messageResultsRequest,
  type Outcome,
  readMessageResult,
  type UnreadableResult,
} from './message-results.js';
export {
  decideMessageRequest,
  discardMessageRequest,
  type ListActionsQuery,
  type ListMessagesQuery,
  listActionsQuery,
  listMessagesQuery,
  MAX_MESSAGES_IN_BULK,
  MESSAGE_STATUSES,
  type MessageDetailView,
  type MessageStatsView,
  type MessageStatus,
  type MessagesInBulkRequest,
  type MessagesInBulkResponse,
  type MessagesPage,
  type MessageView,
  messagesInBulkRequest,
  type OperatorActionView,
  operatorName,
  type StoredResult,
} from './messages.js';
export { MAX_QUANTITY, type OrderItem, sku } from './order-item.js';
export {
  cancelOrderRequest,
  idempotencyKey,
  type ListOrdersQuery,
  listOrdersQuery,
  ORDER_STATUSES,
  type OrderStatus,
  type OrdersPage,
  type OrderView,
  type PlacedOrder,
  type PlaceOrderRequest,
  placeOrderRequest,
} from './orders.js';
export { MAX_PAGE_LIMIT, type Page, toPage } from './page.js';
export { type Percentiles, type SpeedView, type Stage, speedQuery } from './speed.js';
export {
  listMovementsQuery,
  listStockQuery,
  type StockAdjustmentRequest,
  type StockMovementView,
  type StockView,
  stockAdjustmentRequest,
} from './stock.js';
