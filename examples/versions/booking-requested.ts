import type { InboundMessage } from '@lmt/messaging';
import { z } from 'zod';

const bookingId = z.uuid().toLowerCase();
// Excludes characters that Postgres cannot store. They would fail the batch at every delivery.
const room = z.string().regex(/^[\p{L}\p{N} -]{1,100}$/u);

/** Version 1: one night. Stored rows and records have it, so it is never edited. */
const bookingRequestedV1 = z.object({ bookingId, room, day: z.iso.date() });

/** Version 2: several nights. */
export const bookingRequestedV2 = z.object({
  bookingId,
  room,
  from: z.iso.date(),
  nights: z.int().min(1).max(30),
});
export type BookingRequested = z.infer<typeof bookingRequestedV2>;

/** The upcaster: converts a payload of version 1 to version 2. */
const upcast = ({ day, ...kept }: z.infer<typeof bookingRequestedV1>): BookingRequested => ({
  ...kept,
  from: day,
  nights: 1,
});

/**
 * An event of either version, with a payload of version 2. The type stays, because the inbox compares
 * it with the type under which it stored the message.
 */
const event = z.discriminatedUnion('type', [
  z.object({ type: z.literal('booking.requested.v1'), payload: bookingRequestedV1.transform(upcast) }),
  z.object({ type: z.literal('booking.requested.v2'), payload: bookingRequestedV2 }),
]);

const message = z.object({ id: z.uuid().toLowerCase(), key: z.uuid().toLowerCase() }).and(event);
export type BookingMessage = z.infer<typeof message>;

/** Returns the booking, or why the message is invalid. */
export function readBooking({ id, key, type, body }: InboundMessage): BookingMessage | string {
  let payload: unknown;
  try {
    payload = JSON.parse(body);
  } catch {
    return 'the body is not JSON';
  }
  const parsed = message.safeParse({ id, key, type, payload });
  return parsed.success ? parsed.data : z.prettifyError(parsed.error);
}
