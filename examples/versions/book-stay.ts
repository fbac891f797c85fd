import { enqueue } from '@lmt/outbox';
import { v7 as newId } from 'uuid';
import type { Database } from '../booking/book-room.js';
import { type BookingRequested, bookingRequestedV2 } from './booking-requested.js';

/** The new producer: writes version 2. It is deployed after every consumer can read that version. */
export async function bookStay(
  database: Database,
  { room, from, nights }: Omit<BookingRequested, 'bookingId'>,
): Promise<string> {
  const bookingId = newId();
  const payload = bookingRequestedV2.parse({ bookingId, room, from, nights });
  await database.$transaction(async (tx) => {
    await tx.$executeRawUnsafe(
      'INSERT INTO bookings (id, room, day) VALUES ($1::uuid, $2, $3::date)',
      bookingId,
      room,
      from,
    );
    await enqueue(tx, {
      id: newId(),
      topic: 'bookings',
      key: bookingId,
      type: 'booking.requested.v2',
      payload,
    });
  });
  return bookingId;
}
