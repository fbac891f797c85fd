import { createInbox, type IdentifiedMessage } from '@lmt/inbox';
import type { MessageResult } from '@lmt/outbox';
import type { Database } from './database.js';

export interface BookingRequested extends IdentifiedMessage {
  readonly room: string;
  readonly day: string;
}

type Outcome = Pick<MessageResult, 'outcome' | 'reason' | 'processedAt'>;

const inbox = createInbox({ keyColumn: 'key' });

/**
 * Step 4, in the calendar service: a batch has its effect once, however often it comes. The results,
 * new and stored ones alike, go back to the booking service.
 */
export function enterBookings(
  database: Database,
  messages: readonly BookingRequested[],
): Promise<MessageResult[]> {
  return database.$transaction(async (tx) => {
    const consumed = await inbox.consumeOnce<BookingRequested, Outcome>(tx, messages, async (fresh) => {
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
    return consumed.map(({ message, result }) => ({ messageId: message.id, key: message.key, ...result }));
  });
}
