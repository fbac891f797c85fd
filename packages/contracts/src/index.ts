export {
  type DeadLettersView,
  type DeadLetterView,
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
  type ListActionsQuery,
  type ListMessagesQuery,
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
  listOrdersQuery,
  type OrderStatus,
  type OrdersPage,
  type OrderView,
  type PlacedOrder,
  type PlaceOrderRequest,
  placeOrderRequest,
} from './orders.js';
export { MAX_PAGE_LIMIT, type Page, toPage } from './page.js';
export type { Percentiles, SpeedView, Stage } from './speed.js';
export {
  listMovementsQuery,
  listStockQuery,
  type StockAdjustmentRequest,
  type StockMovementView,
  type StockView,
  stockAdjustmentRequest,
} from './stock.js';
