// The example as a whole, on a real Postgres and a real Kafka.
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import {
  createKafkaPublisher,
  createKafkaSubscription,
  type InboundMessage,
  type Publisher,
  type Subscription,
} from '@lmt/messaging';
import { connectOrderDatabase } from '@lmt/prisma-order';
import { poll } from '@lmt/stack';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { bookRoom } from './book-room.js';
import { type BookingRequested, enterBookings } from './enter-bookings.js';
import { finishBookings } from './finish-bookings.js';
import { relayBookings } from './relay-bookings.js';

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const bootstrap = inject('kafkaBootstrap');

/** A database of its own with these tables, reached through Prisma. */
async function createDatabase(...scripts: string[]) {
  const name = `example_${randomUUID().slice(0, 8)}`;
  const admin = new pg.Client({ connectionString: inject('adminUrl') });
  await admin.connect();
  await admin.query(`CREATE DATABASE ${name}`);
  await admin.end();
  const url = new URL(inject('adminUrl'));
  url.pathname = `/${name}`;
  const pool = new pg.Pool({ connectionString: url.href, max: 2 });
  for (const script of scripts) {
    await pool.query(await readFile(new URL(script, import.meta.url), 'utf8'));
  }
  const options = {
    applicationName: 'example',
    poolSize: 5,
    connectTimeoutMs: 30_000,
    onConnectionError: () => {},
  };
  return { url: url.href, pool, prisma: connectOrderDatabase({ url: url.href, ...options }) };
}

type ExampleDatabase = Awaited<ReturnType<typeof createDatabase>>;

function toBooking({ id, type, key, body }: InboundMessage): BookingRequested {
  const { room, day } = JSON.parse(body);
  return { id: id ?? '', type: type ?? '', key: key ?? '', room, day };
}

describe.skipIf(bootstrap === null)('the booking example', () => {
  let bookings: ExampleDatabase;
  let calendar: ExampleDatabase;
  let publisher: Publisher;
  let relay: ReturnType<typeof relayBookings>;
  let subscription: Subscription;
  let received: BookingRequested[];
  /** The calendar service "dies" after its transaction: its results are lost and the batch comes again. */
  let dies: boolean;

  beforeAll(async () => {
    received = [];
    dies = true;
    bookings = await createDatabase('./booking-tables.sql', '../../packages/outbox/sql/outbox_messages.sql');
    calendar = await createDatabase('./calendar-tables.sql', '../../packages/inbox/sql/inbox_messages.sql');
    const kafka = {
      brokers: [bootstrap ?? ''],
      topics: [
        { topic: 'bookings', partitions: 3 },
        { topic: 'bookings.dlq', partitions: 1 },
      ],
      logger: silent,
    };
    publisher = createKafkaPublisher({
      ...kafka,
      clientId: 'bookings',
      source: '/bookings',
      publishTimeoutMs: 10_000,
    });
    relay = relayBookings({
      database: bookings.prisma,
      databaseUrl: bookings.url,
      publisher,
      observer: { batchPublished() {}, brokerUnavailable() {}, brokerAvailable() {}, databaseFailed() {} },
    });
    subscription = createKafkaSubscription({
      ...kafka,
      clientId: 'calendar',
      groupId: 'calendar',
      topic: 'bookings',
      deadLetterTopic: 'bookings.dlq',
      handler: async (messages) => {
        received.push(...messages.map(toBooking));
        const results = await enterBookings(calendar.prisma, messages.map(toBooking));
        if (dies) {
          dies = false;
          throw new Error('killed');
        }
        await finishBookings(bookings.prisma, results);
        return [];
      },
      onFatal: (error) => {
        throw error;
      },
    });
  });

  afterAll(async () => {
    await relay?.stop();
    await Promise.all([subscription?.close(), publisher?.close()]);
    for (const database of [bookings, calendar]) {
      await database?.prisma.$disconnect();
      await database?.pool.end();
    }
  });

  it('books a room once, and refuses it to the second who asks', async () => {
    const ids = [
      await bookRoom(bookings.prisma, 'blue', '2027-01-15'),
      await bookRoom(bookings.prisma, 'blue', '2027-01-15'),
      await bookRoom(bookings.prisma, 'red', '2027-01-15'),
    ];
    const statusOf = async (table: string) =>
      (await bookings.pool.query<{ status: string }>(`SELECT status FROM ${table}`)).rows
        .map(({ status }) => status)
        .sort();
    await poll('all are finished', async () => !(await statusOf('bookings')).includes('REQUESTED'), {
      seconds: 60,
    });
    expect(await statusOf('bookings')).toEqual(['BOOKED', 'BOOKED', 'REFUSED']);
    expect(await statusOf('outbox_messages')).toEqual(['COMPLETED', 'COMPLETED', 'COMPLETED']);
    const { rows } = await calendar.pool.query('SELECT room FROM calendar_entries ORDER BY room');
    expect(rows).toEqual([{ room: 'blue' }, { room: 'red' }]);
    // The batch that was lost came again.
    expect(received.length).toBeGreaterThan(ids.length);
  });

  it('leaves no message when the business transaction fails', async () => {
    await expect(bookRoom(bookings.prisma, 'blue', 'no day')).rejects.toThrow();
    await expect(
      bookings.prisma.$transaction(async (tx) => {
        await bookRoom({ $transaction: (work) => work(tx) }, 'green', '2027-01-16');
        throw new Error('changed our mind');
      }),
    ).rejects.toThrow('changed our mind');
    const { rows } = await bookings.pool.query(
      "SELECT 1 FROM outbox_messages WHERE payload ->> 'room' = 'green'",
    );
    expect(rows).toEqual([]);
  });
});
