import { consumeOnce } from '@lmt/inbox';
import type { DeadLetter, MessageHandler } from '@lmt/messaging';
import type { MessageResult } from '@lmt/outbox';
import type { Database } from './book-room.js';
import { type BookingRequested, parseBooking } from './parse-booking.js';

type Outcome = Pick<MessageResult, 'outcome' | 'reason' | 'processedAt'>;

/**
 * Step 4, in the calendar service: the handler of the subscription. The subscription copies dead
 * letters to the dead-letter topic, so that they do not block their partition. If anything throws,
 * the batch is redelivered.
 */
export function createBookingHandler(
  database: Database,
  sendResults: (results: readonly MessageResult[]) => Promise<void>,
): MessageHandler {
  return async (messages) => {
    const bookings: BookingRequested[] = [];
    const deadLetters: DeadLetter[] = [];
    for (const message of messages) {
      const booking = parseBooking(message);
      if (typeof booking === 'string') deadLetters.push({ message, reason: booking });
      else bookings.push(booking);
    }
    await sendResults(await consumeBookings(database, bookings));
    return deadLetters;
  };
}

/** Applies each booking once and returns all results, new and stored. */
function consumeBookings(
  database: Database,
  bookings: readonly BookingRequested[],
): Promise<MessageResult[]> {
  return database.$transaction(async (tx) => {
    const consumed = await consumeOnce<BookingRequested, Outcome>(tx, bookings, async (fresh) => {
      const outcomes: Outcome[] = [];
      for (const { key, room, day } of fresh) {
        const entered = await tx.$executeRawUnsafe(
          `INSERT INTO calendar_entries (room, day, booking_id) VALUES ($1, $2::date, $3::uuid)
           ON CONFLICT (room, day) DO NOTHING`,
          room,
          day,
          key,
        );
        const processedAt = new Date().toISOString();
        outcomes.push(
          entered === 1
            ? { outcome: 'SUCCEEDED', processedAt }
            : { outcome: 'REJECTED', reason: `${room} is taken on ${day}`, processedAt },
        );
      }
      return outcomes;
    });
    return consumed.map((answer) => {
      const { id: messageId, key } = answer.message;
      if (answer.kind === 'applied') return { messageId, key, ...answer.result };
      // This is not a redelivery. A faulty producer used the id of another message.
      const reason = `its message id was already used for key ${answer.usedBy.key}`;
      return { messageId, key, outcome: 'FAILED', reason, processedAt: new Date().toISOString() };
    });
  });
}
