import { completeMessages, type MessageResult } from '@lmt/outbox';
import type { Database } from './book-room.js';

/** Step 5, in the booking service: completes messages and bookings in one transaction. */
export function completeBookings(database: Database, results: readonly MessageResult[]): Promise<void> {
  return database.$transaction(async (tx) => {
    for (const { result, status } of await completeMessages(tx, results)) {
      // A duplicate changes nothing. After FAILED the message is a dead letter for an operator.
      if (status !== 'applied' || result.outcome === 'FAILED') continue;
      await tx.$executeRawUnsafe(
        `UPDATE bookings SET status = $2 WHERE id = $1::uuid AND status = 'REQUESTED'`,
        result.key,
        result.outcome === 'SUCCEEDED' ? 'BOOKED' : 'REFUSED',
      );
    }
  });
}
