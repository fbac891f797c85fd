import type { Publisher } from '@lmt/messaging';
import { type Relay, type Sql, startRelay } from '@lmt/outbox';

/** Step 2, in a process of its own or in the booking service: publishes until a result arrives. */
export function relayBookings(database: Sql, databaseUrl: string, publisher: Publisher): Relay {
  return startRelay({
    sql: database,
    databaseUrl,
    publisher,
    observer: {
      brokerUnavailable: (reason) => console.warn('the broker is unavailable:', reason),
      databaseFailed: (error) => console.error('cannot read the message table:', error),
    },
  });
}
