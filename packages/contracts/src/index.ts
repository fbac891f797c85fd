export * from './events.js';
export { toText, uuid } from './fields.js';
export * from './message-results.js';
export * from './messages.js';
export { MAX_QUANTITY, type OrderItem, sku } from './order-item.js';
export * from './orders.js';
export { MAX_PAGE_LIMIT, type Page, toPage } from './page.js';
export * from './stock.js';
