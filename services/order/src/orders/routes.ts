import { createHash } from 'node:crypto';
import {
  idempotencyKey,
  listOrdersQuery,
  type OrderView,
  type Page,
  type PlaceOrderRequest,
  placeOrderRequest,
  uuid,
} from '@lmt/contracts';
import type { OrderDatabase } from '@lmt/prisma-order';
import { type BatchQueue, withTimeout } from '@lmt/resilience';
import {
  type Logger,
  methodNotAllowed,
  notFound,
  parseInput,
  sendJson,
  unavailable,
  unprocessable,
} from '@lmt/service-kit';
import type { Request, Router } from 'express';
import { z } from 'zod';
import { ANSWER_MS } from './answer-deadline.js';
import { findOrders, viewOf, WITH_ITEMS } from './order-views.js';
import type { NewOrder, Placement } from './place-orders.js';
import { traceContext } from './trace-context.js';

export interface OrderRoutesOptions {
  readonly reading: OrderDatabase;
  readonly queue: BatchQueue<NewOrder, Placement>;
  readonly logger: Logger;
  /** A new uuid of version 7. */
  readonly newId: () => string;
}

const tooSlow = () =>
  unavailable('The order was not confirmed in time; try again, with the same Idempotency-Key.', 2);

const path = z.object({ id: uuid });
const headers = z.object({ 'idempotency-key': idempotencyKey.optional() });

function hashOf({ customerId, items }: PlaceOrderRequest): string {
  const canonical = JSON.stringify([customerId, items.map(({ sku, quantity }) => [sku, quantity])]);
  return createHash('sha256').update(canonical).digest('base64url');
}

function idempotencyOf(request: Request, body: PlaceOrderRequest): NewOrder['idempotency'] {
  const header = request.headers['idempotency-key'];
  if (header === undefined) return null;
  const key = parseInput(headers, { 'idempotency-key': header }, 'headers')['idempotency-key'];
  return key === undefined ? null : { key, requestHash: hashOf(body) };
}

/** What clients see: placing and reading orders. */
export function orderRoutes(router: Router, options: OrderRoutesOptions): void {
  const { reading, queue, logger, newId } = options;

  router
    .route('/orders')
    .post(async (request, response) => {
      const body = parseInput(placeOrderRequest, request.body, 'body');
      const id = newId();
      const messageId = newId();
      const placing = queue.submit({
        id,
        messageId,
        customerId: body.customerId,
        items: body.items,
        idempotency: idempotencyOf(request, body),
        traceparent: traceContext(request.get('traceparent'), id, messageId),
      });
      const placement = await withTimeout(placing, ANSWER_MS, tooSlow);
      if (placement.kind === 'key-reused') {
        throw unprocessable(
          'This Idempotency-Key came with another body before; use a new key for a new order.',
        );
      }
      const { order } = placement;
      if (placement.kind === 'replayed') response.setHeader('Idempotency-Replayed', 'true');
      else
        logger.info(
          { items: order.items.length, orderId: order.id, messageId: order.messageId },
          'order placed',
        );
      response.setHeader('Location', `/orders/${order.id}`);
      sendJson(response, 201, order);
    })
    .get(async (request, response) => {
      const { limit, cursor, status, customerId } = parseInput(listOrdersQuery, request.query, 'query');
      const rows = await reading.order.findMany({
        where: {
          ...(status === undefined ? {} : { status }),
          ...(customerId === undefined ? {} : { customerId }),
          ...(cursor === undefined ? {} : { id: { lt: cursor } }),
        },
        orderBy: { id: 'desc' },
        take: limit,
        include: WITH_ITEMS,
      });
      const nextCursor = rows.length < limit ? null : (rows.at(-1)?.id ?? null);
      sendJson(response, 200, { items: rows.map(viewOf), nextCursor } satisfies Page<OrderView>);
    })
    .all(methodNotAllowed(['GET', 'POST']));

  router
    .route('/orders/:id')
    .get(async (request, response) => {
      const { id } = parseInput(path, request.params, 'path');
      const order = (await findOrders(reading, [id])).get(id);
      if (order === undefined) throw notFound(`There is no order ${id}.`);
      sendJson(response, 200, order);
    })
    .all(methodNotAllowed(['GET']));
}
