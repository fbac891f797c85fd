// Tests the whole example on a real Postgres and a real Kafka.
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import {
  createKafkaClient,
  createKafkaPublisher,
  createKafkaSubscription,
  type InboundMessage,
  type Publisher,
  receiveDirectBatch,
  type Subscription,
} from '@lmt/messaging';
import type { MessageResult } from '@lmt/outbox';
import { connectOrderDatabase } from '@lmt/prisma-order';
import { poll } from '@lmt/stack';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { bookRoom } from './book-room.js';
import { completeBookings } from './complete-bookings.js';
import { createBookingHandler } from './consume-bookings.js';
import { parseBooking } from './parse-booking.js';
import { relayBookings } from './relay-bookings.js';

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const bootstrap = inject('kafkaBootstrap');

/** Creates a database, runs `scripts` in it and connects with Prisma. */
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

const uuid = '01a20375-ec9d-7000-8000-000000000001';
const payload = { bookingId: uuid, room: 'blue', day: '2027-01-15' };
const anInboundMessage = (fields: Partial<InboundMessage> = {}): InboundMessage => ({
  id: uuid,
  key: uuid,
  type: 'booking.requested.v1',
  body: JSON.stringify(payload),
  headers: {},
  position: 'bookings/0@0',
  ...fields,
});

describe('parsing a message', () => {
  it('returns the booking', () => {
    const booking = { id: uuid, key: uuid, type: 'booking.requested.v1', room: 'blue', day: '2027-01-15' };
    expect(parseBooking(anInboundMessage({ id: uuid.toUpperCase() }))).toEqual(booking);
  });

  it.each<[string, Partial<InboundMessage>]>([
    ['a body that is not JSON', { body: '{ not JSON' }],
    ['an empty body', { body: '' }],
    ['null', { body: 'null' }],
    ['a list', { body: '[]' }],
    ['a number as room', { body: JSON.stringify({ ...payload, room: 7 }) }],
    ['a room that Postgres cannot store', { body: JSON.stringify({ ...payload, room: 'blue\u0000' }) }],
    ['a day that does not exist', { body: JSON.stringify({ ...payload, day: '2027-02-30' }) }],
    ['no id', { id: null }],
    ['a key that is not a uuid', { key: 'blue' }],
    ['another type', { type: 'booking.cancelled.v1' }],
  ])('returns a reason for %s', (_name, fields) => {
    expect(parseBooking(anInboundMessage(fields))).toEqual(expect.any(String));
  });
});

let bookings: ExampleDatabase;
let calendar: ExampleDatabase;
beforeAll(async () => {
  bookings = await createDatabase('./booking-tables.sql', '../../packages/outbox/sql/outbox_messages.sql');
  calendar = await createDatabase('./calendar-tables.sql', '../../packages/inbox/sql/inbox_messages.sql');
});
afterAll(async () => {
  for (const database of [bookings, calendar]) {
    await database?.prisma.$disconnect();
    await database?.pool.end();
  }
});

describe.skipIf(bootstrap === null)('over Kafka', () => {
  let publisher: Publisher;
  let relay: ReturnType<typeof relayBookings>;
  let subscription: Subscription;
  let deliveries = 0;

  beforeAll(async () => {
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
      timeoutMs: 10_000,
    });
    relay = relayBookings(bookings.prisma, bookings.url, publisher);
    subscription = createKafkaSubscription({
      ...kafka,
      clientId: 'calendar',
      groupId: 'calendar',
      topic: 'bookings',
      deadLetterTopic: 'bookings.dlq',
      handler: createBookingHandler(calendar.prisma, async (results) => {
        deliveries += 1;
        // Simulates a crash of the calendar service after its first commit, which loses the
        // results.
        if (deliveries === 1) throw new Error('killed');
        await completeBookings(bookings.prisma, results);
      }),
      onFatal: (error) => {
        throw error;
      },
    });
  });

  afterAll(async () => {
    await relay?.stop();
    await Promise.all([subscription?.close(), publisher?.close()]);
  });

  /** Sends one record per partition, so that every partition starts with garbage. */
  async function sendGarbage(): Promise<void> {
    const { kafka, destroy } = createKafkaClient({ brokers: [bootstrap ?? ''], clientId: 'garbage' });
    const producer = kafka.producer({ allowAutoTopicCreation: false });
    await producer.connect();
    const messages = ['{ not JSON', 'null', '{"room":7}'].map((value, partition) => ({ value, partition }));
    await producer.send({ topic: 'bookings', messages });
    await producer.disconnect();
    destroy();
  }

  it('books a room once and rejects the second request, despite garbage on every partition', async () => {
    await publisher.probe();
    await sendGarbage();
    await bookRoom(bookings.prisma, 'blue', '2027-01-15');
    await bookRoom(bookings.prisma, 'blue', '2027-01-15');
    await bookRoom(bookings.prisma, 'red', '2027-01-15');
    const readStatuses = async (table: string) =>
      (await bookings.pool.query<{ status: string }>(`SELECT status FROM ${table}`)).rows
        .map(({ status }) => status)
        .sort();
    await poll('all are finished', async () => !(await readStatuses('bookings')).includes('REQUESTED'), {
      seconds: 60,
    });
    expect(await readStatuses('bookings')).toEqual(['BOOKED', 'BOOKED', 'REFUSED']);
    expect(await readStatuses('outbox_messages')).toEqual(['COMPLETED', 'COMPLETED', 'COMPLETED']);
    const { rows } = await calendar.pool.query('SELECT room FROM calendar_entries ORDER BY room');
    expect(rows).toEqual([{ room: 'blue' }, { room: 'red' }]);
    // Kafka redelivered the batch whose results were lost.
    expect(deliveries).toBeGreaterThan(1);
  });
});

it('over direct HTTP: rejects garbage and accepts the rest of its batch', async () => {
  const event = (id: string, data: object) => ({
    specversion: '1.0',
    id,
    source: '/bookings',
    type: 'booking.requested.v1',
    subject: uuid,
    data,
  });
  const accepted = vi.fn(async (_results: readonly MessageResult[]) => {});
  const answer = await receiveDirectBatch(
    [42, event(randomUUID(), { room: 7 }), event(uuid, { ...payload, day: '2027-01-17' })],
    createBookingHandler(calendar.prisma, accepted),
  );
  expect(answer).toMatchObject({
    status: 200,
    body: { results: [{ status: 'rejected' }, { status: 'rejected' }, { id: uuid, status: 'accepted' }] },
  });
  expect(accepted).toHaveBeenCalledWith([expect.objectContaining({ messageId: uuid, outcome: 'SUCCEEDED' })]);
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
