import { defineRoute } from '@lmt/api';
import {
  cancelOrderRequest,
  listOrdersQuery,
  ordersPage,
  orderView,
  placedOrder,
  placeOrderRequest,
} from '../orders.js';
import { EXAMPLE_ID, idempotent, idPath, KEY_REUSED, REPLAYED } from './parts.js';

const UNKNOWN = 'There is no such order.';

export const placeOrder = defineRoute({
  method: 'post',
  path: '/orders',
  id: 'placeOrder',
  summary: 'Places an order',
  description:
    'Each sku may appear once. An order without an `Idempotency-Key` that was answered 503 is not placed afterwards, unless `detail` states that it may have been placed.',
  headers: idempotent,
  body: placeOrderRequest,
  answers: {
    201: {
      description: 'The order is placed. A message to the inventory is stored with it.',
      schema: placedOrder,
      headers: { Location: 'Path of the order.', ...REPLAYED },
    },
  },
  problems: { 422: KEY_REUSED },
  example: {
    headers: { 'idempotency-key': 'order-4711' },
    body: { customerId: 'ada', items: [{ sku: 'KEYBOARD', quantity: 2 }] },
  },
});

export const listOrders = defineRoute({
  method: 'get',
  path: '/orders',
  id: 'listOrders',
  summary: 'Lists orders, newest first',
  description:
    'A request reads a bounded number of orders. If few of them match, the page ends early: `complete` is false, and `nextCursor` continues.',
  query: listOrdersQuery,
  answers: { 200: { description: 'A page of orders, without their messages.', schema: ordersPage } },
  example: { query: { customerId: 'ada', limit: '20' } },
});

export const getOrder = defineRoute({
  method: 'get',
  path: '/orders/:id',
  id: 'getOrder',
  summary: 'Returns an order with the states of its messages',
  params: idPath,
  answers: { 200: { description: 'The order.', schema: orderView } },
  problems: { 404: UNKNOWN },
  example: { params: { id: EXAMPLE_ID } },
});

export const cancelOrder = defineRoute({
  method: 'post',
  path: '/orders/:id/cancel',
  id: 'cancelOrder',
  summary: 'Cancels an order',
  description: 'A repeated request starts no second cancellation and returns the order.',
  params: idPath,
  body: cancelOrderRequest,
  bodyOptional: true,
  answers: {
    202: { description: 'The order is CANCELLING.', schema: orderView },
    200: { description: 'The order is CANCELLED.', schema: orderView },
  },
  problems: { 404: UNKNOWN, 409: 'The order was REJECTED, so there is nothing to cancel.' },
  example: { params: { id: EXAMPLE_ID }, body: { reason: 'ordered twice' } },
});

/** The order service's public port. */
export const orderContracts = [placeOrder, listOrders, getOrder, cancelOrder] as const;
