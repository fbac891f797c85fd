import { z } from 'zod';
import { listOf, time, uuid, view } from './fields.js';
import { outcome } from './message-results.js';
import { stockMovementView } from './stock.js';

const reservationStatus = z.enum(['RESERVED', 'REJECTED', 'RELEASED', 'CANCELLED']);
/** State of an order's stock at the inventory. */
export type ReservationStatus = z.infer<typeof reservationStatus>;

/** Response of the inventory's internal `GET /inbox/:messageId`. */
export const inboxMessageView = view({
  id: uuid,
  type: z.string(),
  orderId: z.string(),
  receivedAt: time.describe("Start of the transaction that consumed the message, by the database's clock."),
  // Times by the inventory's clock.
  result: view({
    outcome,
    reason: z.string().optional(),
    receivedAt: time.optional().describe('Absent from a result that an older inventory stored.'),
    processedAt: time,
  }).nullable(),
  reservation: view({
    status: reservationStatus,
    reason: z.string().optional(),
    createdAt: time,
    updatedAt: time,
  })
    .nullable()
    .describe("The order's reservation as it is now, which a later message may have changed."),
  movements: listOf(stockMovementView).describe('The stock movements that this message caused.'),
}).meta({ id: 'InboxMessage' });
export type InboxMessageView = z.infer<typeof inboxMessageView>;
