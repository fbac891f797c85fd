import { createHash } from 'node:crypto';
import type { PlaceOrderRequest } from '@lmt/contracts';
import { orderRoutes as contracts } from '@lmt/contracts/routes';
import type { OrderDatabase } from '@lmt/prisma-order';
import { addRoutes, type Logger, notFound, route, unprocessable } from '@lmt/service-kit';
import { logFields, type Tracing } from '@lmt/tracing';
import type { Router } from 'express';
import { newId } from '../new-id.js';
import { listOrders } from './list-orders.js';
import { traceContext } from './order-events.js';
import { findOrders } from './order-views.js';
import type { PlaceQueue } from './place-queue.js';

export interface OrderRoutesOptions {
  readonly readPool: OrderDatabase;
  readonly placeQueue: PlaceQueue;
  readonly logger: Logger;
  readonly tracing?: Tracing | null;
}

function hashRequest({ customerId, items }: PlaceOrderRequest): string {
  const canonical = JSON.stringify([customerId, items.map(({ sku, quantity }) => [sku, quantity])]);
  return createHash('sha256').update(canonical).digest('base64url');
}

/** Adds the routes on which clients place and read orders. */
export function orderRoutes(
  router: Router,
  { readPool, placeQueue, logger, tracing }: OrderRoutesOptions,
): void {
  const placeOrder = route(contracts.placeOrder).answer(async ({ headers, body }, request) => {
    const id = newId();
    const messageId = newId();
    const key = headers['idempotency-key'];
    const idempotency = key === undefined ? null : { key, requestHash: hashRequest(body) };
    const traceparent = traceContext(request.get('traceparent'), id, messageId);
    const placement = await placeQueue.submit({ id, messageId, ...body, idempotency, traceparent });
    if (placement.kind === 'key-reused')
      throw unprocessable('This Idempotency-Key was used with another body. Use a new key for a new order.');
    const { order } = placement;
    const replayed = placement.kind === 'replayed';
    if (!replayed)
      logger.info(
        {
          items: order.items.length,
          orderId: order.id,
          messageId: order.messageId,
          ...(tracing && logFields(traceparent)),
        },
        'order placed',
      );
    return {
      status: 201,
      body: order,
      headers: { Location: `/orders/${order.id}`, ...(replayed && { 'Idempotency-Replayed': 'true' }) },
    };
  });

  const listOfOrders = route(contracts.listOrders).answer(async ({ query }) => ({
    status: 200,
    body: await listOrders(readPool, query),
  }));

  const getOrder = route(contracts.getOrder).answer(async ({ params: { id } }) => {
    const order = (await findOrders(readPool, [id])).get(id);
    if (order === undefined) throw notFound(`There is no order ${id}.`);
    return { status: 200, body: order };
  });

  addRoutes(router, [placeOrder, listOfOrders, getOrder]);
}
