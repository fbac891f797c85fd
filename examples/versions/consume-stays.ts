import { consumeOnce } from '@lmt/inbox';
import type { MessageResult } from '@lmt/outbox';
import type { Database } from '../booking/book-room.js';
import type { BookingMessage } from './booking-requested.js';

type Outcome = Pick<MessageResult, 'outcome' | 'reason' | 'processedAt'>;

const ENTER = `
INSERT INTO calendar_entries (room, day, booking_id)
SELECT $1, $2::date + night, $4::uuid FROM generate_series(0, $3::int - 1) AS night
ON CONFLICT (room, day) DO NOTHING`;

/** The new consumer: knows only payloads of version 2. Applies each message of either version once. */
export function consumeStays(
  database: Database,
  messages: readonly BookingMessage[],
): Promise<readonly Outcome[]> {
  return database.$transaction(async (tx) => {
    const consumed = await consumeOnce<BookingMessage, Outcome>(tx, messages, async (fresh) => {
      const outcomes: Outcome[] = [];
      for (const { key, payload } of fresh) {
        const { room, from, nights } = payload;
        const entered = await tx.$executeRawUnsafe(ENTER, room, from, nights, key);
        const processedAt = new Date().toISOString();
        if (entered === nights) {
          outcomes.push({ outcome: 'SUCCEEDED', processedAt });
          continue;
        }
        await tx.$executeRawUnsafe('DELETE FROM calendar_entries WHERE booking_id = $1::uuid', key);
        outcomes.push({ outcome: 'REJECTED', reason: `${room} is taken`, processedAt });
      }
      return outcomes;
    });
    return consumed.map((answer) =>
      answer.kind === 'applied'
        ? answer.result
        : {
            outcome: 'FAILED',
            reason: `its message id was already used for type ${answer.usedBy.type}`,
            processedAt: new Date().toISOString(),
          },
    );
  });
}
