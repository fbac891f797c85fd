import { completeMessages, type MessageResult } from '@lmt/outbox';
import type { Database } from './database.js';

/** The end, in the booking service, where the results arrive: message and business row in one transaction. */
export function finishBookings(database: Database, results: readonly MessageResult[]): Promise<void> {
  return database.$transaction(async (tx) => {
    for (const { result, status } of await completeMessages(tx, results)) {
      // A result that came before changes nothing; FAILED has made the message a dead letter.
      if (status !== 'applied' || result.outcome === 'FAILED') continue;
      await tx.$executeRawUnsafe(
        `UPDATE bookings SET status = $2 WHERE id = $1::uuid AND status = 'REQUESTED'`,
        result.key,
        result.outcome === 'SUCCEEDED' ? 'BOOKED' : 'REFUSED',
      );
    }
  });
}
