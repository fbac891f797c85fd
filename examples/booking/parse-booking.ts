import type { IdentifiedMessage } from '@lmt/inbox';
import type { InboundMessage } from '@lmt/messaging';
import { z } from 'zod';

export interface BookingRequested extends IdentifiedMessage {
  readonly room: string;
  readonly day: string;
}

const schema = z.object({
  // Lower case, like the uuids that Postgres returns.
  id: z.uuid().toLowerCase(),
  key: z.uuid().toLowerCase(),
  type: z.literal('booking.requested.v1'),
  // Excludes characters that Postgres cannot store. They would fail the batch at every delivery.
  room: z.string().regex(/^[\p{L}\p{N} -]{1,100}$/u),
  day: z.iso.date(),
});

/** Step 3, in the calendar service: returns the booking, or why the message is invalid. */
export function parseBooking({ id, key, type, body }: InboundMessage): BookingRequested | string {
  let payload: unknown;
  try {
    payload = JSON.parse(body);
  } catch {
    return 'the body is not JSON';
  }
  const parsed = schema.safeParse({ ...Object(payload), id, key, type });
  return parsed.success ? parsed.data : z.prettifyError(parsed.error);
}
