import { defineRoute } from '@lmt/api';
import { z } from 'zod';
import { deadLettersView, listDeadLettersQuery } from '../dead-letters.js';
import { ORDER_CANCELLED } from '../events.js';
import { inboxMessageView } from '../inbox.js';
import {
  listMovementsQuery,
  listStockQuery,
  movementsPage,
  stockAdjustmentRequest,
  stockPage,
  stockView,
} from '../stock.js';
import { EXAMPLE_ID, idempotent, idPath, KEY_REUSED, REPLAYED, skuPath } from './parts.js';

const UNKNOWN = 'There is no such sku.';
const auth = 'operator';

export const listStock = defineRoute({
  method: 'get',
  path: '/stock',
  id: 'listStock',
  summary: 'Lists the stock by sku',
  query: listStockQuery,
  answers: { 200: { description: 'A page of the stock.', schema: stockPage } },
  example: { query: { limit: '20' } },
});

export const getStock = defineRoute({
  method: 'get',
  path: '/stock/:sku',
  id: 'getStock',
  summary: 'Returns the stock of a sku',
  params: skuPath,
  answers: { 200: { description: 'The stock.', schema: stockView } },
  problems: { 404: UNKNOWN },
  example: { params: { sku: 'KEYBOARD' } },
});

export const listMovements = defineRoute({
  method: 'get',
  path: '/stock/:sku/movements',
  id: 'listMovements',
  summary: 'Lists the stock changes of a sku, newest first',
  params: skuPath,
  query: listMovementsQuery,
  answers: { 200: { description: 'A page of changes.', schema: movementsPage } },
  problems: { 404: UNKNOWN },
  example: { params: { sku: 'KEYBOARD' }, query: { limit: '20' } },
});

export const adjustStock = defineRoute({
  method: 'post',
  path: '/stock/:sku/adjustments',
  id: 'adjustStock',
  summary: 'Changes the stock of a sku',
  description: 'A positive delta creates an unknown sku.',
  auth,
  params: skuPath,
  headers: idempotent,
  body: stockAdjustmentRequest,
  answers: { 200: { description: 'The new stock.', schema: stockView, headers: REPLAYED } },
  problems: { 404: UNKNOWN, 409: 'The stock would be below zero or too large.', 422: KEY_REUSED },
  example: { params: { sku: 'KEYBOARD' }, body: { delta: 5, reason: 'delivery 7' } },
});

export const getInboxMessage = defineRoute({
  method: 'get',
  path: '/inbox/:id',
  id: 'getInboxMessage',
  summary: 'Returns the effect of a message',
  auth,
  params: idPath,
  answers: { 200: { description: 'The message as the inventory consumed it.', schema: inboxMessageView } },
  problems: { 404: 'The message has not taken effect.' },
  example: { params: { id: EXAMPLE_ID } },
});

export const listDeadLetters = defineRoute({
  method: 'get',
  path: '/dead-letters',
  id: 'listDeadLetters',
  summary: 'Lists the newest records of the dead-letter topic',
  auth,
  query: listDeadLettersQuery,
  answers: { 200: { description: 'The records, newest first.', schema: deadLettersView } },
  example: { query: { limit: '20' } },
});

/** The inventory's public port. */
export const stockContracts = [listStock, getStock, listMovements] as const;

/** The inventory's internal port. */
export const inventoryInternalContracts = [adjustStock, getInboxMessage, listDeadLetters] as const;

const cloudEvent = z.looseObject({ specversion: z.literal('1.0'), id: z.string(), type: z.string() });

/** Only with `BROKER=direct`. The package messaging validates the batch. */
export const receiveMessages = defineRoute({
  method: 'post',
  path: '/internal/messages',
  id: 'receiveMessages',
  summary: 'Receives messages from the relay without a broker',
  auth: 'signature',
  body: z.array(cloudEvent),
  bodyType: 'application/cloudevents-batch+json',
  example: {
    body: [
      {
        specversion: '1.0',
        id: EXAMPLE_ID,
        source: '/services/order',
        type: ORDER_CANCELLED,
        subject: EXAMPLE_ID,
        time: '2026-01-31T12:00:00.000Z',
        datacontenttype: 'application/json',
        data: { orderId: EXAMPLE_ID, cancelledAt: '2026-01-31T12:00:00.000Z' },
      },
    ],
  },
  answers: {
    200: {
      description: 'The messages that took effect, and those that the consumer rejects permanently.',
      schema: z.object({
        results: z.array(
          z.object({
            id: z.unknown(),
            status: z.enum(['accepted', 'rejected']),
            reason: z.string().optional(),
          }),
        ),
      }),
    },
  },
});
