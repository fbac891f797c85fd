import { createHash } from 'node:crypto';
import {
  idempotencyKey,
  listOrdersQuery,
  type PlaceOrderRequest,
  placeOrderRequest,
  uuid,
} from '@lmt/contracts';
import type { OrderDatabase } from '@lmt/prisma-order';
import {
  type Logger,
  methodNotAllowed,
  notFound,
  parseInput,
  sendJson,
  unprocessable,
} from '@lmt/service-kit';
import type { Request, Router } from 'express';
import { z } from 'zod';
import { newId } from '../new-id.js';
import { listOrders } from './list-orders.js';
import { traceContext } from './order-events.js';
import { findOrders } from './order-views.js';
import type { NewOrder } from './place-orders.js';
import type { PlaceQueue } from './place-queue.js';

export interface OrderRoutesOptions {
  readonly readPool: OrderDatabase;
  readonly placeQueue: PlaceQueue;
  readonly logger: Logger;
}

const path = z.object({ id: uuid });
const headers = z.object({ 'idempotency-key': idempotencyKey.optional() });

function hashRequest({ customerId, items }: PlaceOrderRequest): string {
  const canonical = JSON.stringify([customerId, items.map(({ sku, quantity }) => [sku, quantity])]);
  return createHash('sha256').update(canonical).digest('base64url');
}

function readIdempotency(request: Request, body: PlaceOrderRequest): NewOrder['idempotency'] {
  const header = request.headers['idempotency-key'];
  if (header === undefined) return null;
  const key = parseInput(headers, { 'idempotency-key': header }, 'headers')['idempotency-key'];
  return key === undefined ? null : { key, requestHash: hashRequest(body) };
}

/** Adds the routes on which clients place and read orders. */
export function orderRoutes(router: Router, { readPool, placeQueue, logger }: OrderRoutesOptions): void {
  router
    .route('/orders')
    .post(async (request, response) => {
      const { customerId, items } = parseInput(placeOrderRequest, request.body, 'body');
      const id = newId();
      const messageId = newId();
      const idempotency = readIdempotency(request, { customerId, items });
      const traceparent = traceContext(request.get('traceparent'), id, messageId);
      const order = { id, messageId, customerId, items, idempotency, traceparent };
      const placement = await placeQueue.submit(order);
      if (placement.kind === 'key-reused')
        throw unprocessable(
          'This Idempotency-Key was used with another body. Use a new key for a new order.',
        );
      const { order: placed } = placement;
      if (placement.kind === 'replayed') response.setHeader('Idempotency-Replayed', 'true');
      else
        logger.info(
          { items: placed.items.length, orderId: placed.id, messageId: placed.messageId },
          'order placed',
        );
      response.setHeader('Location', `/orders/${placed.id}`);
      sendJson(response, 201, placed);
    })
    .get(async (request, response) => {
      const query = parseInput(listOrdersQuery, request.query, 'query');
      sendJson(response, 200, await listOrders(readPool, query));
    })
    .all(methodNotAllowed(['GET', 'POST']));

  router
    .route('/orders/:id')
    .get(async (request, response) => {
      const { id } = parseInput(path, request.params, 'path');
      const order = (await findOrders(readPool, [id])).get(id);
      if (order === undefined) throw notFound(`There is no order ${id}.`);
      sendJson(response, 200, order);
    })
    .all(methodNotAllowed(['GET']));
}
