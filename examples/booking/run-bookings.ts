import { setTimeout as delay } from 'node:timers/promises';
import { createKafkaPublisher, createKafkaSubscription } from '@lmt/messaging';
import type { Sql } from '@lmt/outbox';
import { bookRoom, type Database } from './book-room.js';
import { completeBookings } from './complete-bookings.js';
import { createBookingHandler } from './consume-bookings.js';
import { relayBookings } from './relay-bookings.js';

export interface BookingSystem {
  readonly bookings: Database & Sql;
  /** URL of the same database, on which the relay listens for new messages. */
  readonly bookingsUrl: string;
  readonly calendar: Database;
  readonly broker: string;
  /** Prefix of the topic and group names, for a shared broker. */
  readonly prefix: string;
}

interface Booking {
  readonly room: string;
  readonly status: string;
}

const logger = { debug() {}, info() {}, warn: console.warn, error: console.error };

/**
 * Runs both services in one process, books a room twice and another one once, and returns the
 * bookings when all are finished. Here results are passed by a function call. Separate services send
 * them over the network.
 */
export async function runBookings(system: BookingSystem): Promise<readonly Booking[]> {
  const { bookings, bookingsUrl, calendar, broker, prefix } = system;
  const kafka = { brokers: [broker], logger };
  const bookingsTopic = { topic: 'bookings', partitions: 3 };
  const topic = prefix + bookingsTopic.topic;
  const deadLetterTopic = `${topic}.dlq`;
  const publisher = createKafkaPublisher({
    ...kafka,
    topics: [bookingsTopic],
    topicPrefix: prefix,
    clientId: 'bookings',
    source: '/bookings',
    timeoutMs: 10_000,
  });
  const relay = relayBookings(bookings, bookingsUrl, publisher);
  const subscription = createKafkaSubscription({
    ...kafka,
    topics: [
      { ...bookingsTopic, topic },
      { topic: deadLetterTopic, partitions: 1 },
    ],
    clientId: 'calendar',
    groupId: `${prefix}calendar`,
    topic,
    deadLetterTopic,
    handler: createBookingHandler(calendar, (results) => completeBookings(bookings, results)),
    onFatal: (error) => {
      throw error;
    },
  });
  try {
    await bookRoom(bookings, 'blue', '2027-01-15');
    await bookRoom(bookings, 'blue', '2027-01-15');
    await bookRoom(bookings, 'red', '2027-01-15');
    return await waitForResults(bookings);
  } finally {
    await relay.stop();
    await Promise.all([subscription.close(), publisher.close()]);
  }
}

async function waitForResults(database: Sql): Promise<readonly Booking[]> {
  for (;;) {
    const bookings = await database.$queryRawUnsafe<Booking[]>(
      'SELECT room, status FROM bookings ORDER BY room, status',
    );
    if (bookings.every(({ status }) => status !== 'REQUESTED')) return bookings;
    await delay(200);
  }
}
