import { enqueue, type TransactionSql } from '@lmt/outbox';
import { v7 as newId } from 'uuid';

/** The part of a database client that the example calls. Any PrismaClient fits. */
export interface Database {
  $transaction<R>(work: (tx: TransactionSql) => Promise<R>): Promise<R>;
}

/** Step 1, in the booking service: writes the booking and its message, both or neither. */
export async function bookRoom(database: Database, room: string, day: string): Promise<string> {
  const id = newId();
  await database.$transaction(async (tx) => {
    await tx.$executeRawUnsafe(
      'INSERT INTO bookings (id, room, day) VALUES ($1::uuid, $2, $3::date)',
      id,
      room,
      day,
    );
    await enqueue(tx, {
      id: newId(),
      topic: 'bookings',
      key: id,
      type: 'booking.requested.v1',
      payload: { bookingId: id, room, day },
    });
  });
  return id;
}
