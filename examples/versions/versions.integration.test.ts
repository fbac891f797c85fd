// Tests on a real Postgres that a consumer of version 2 reads rows and records of version 1.
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { InboundMessage, OutboundMessage, Publisher } from '@lmt/messaging';
import { startRelay } from '@lmt/outbox';
import { poll } from '@lmt/stack';
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { bookRoom } from '../booking/book-room.js';
import { connect, type SqlDatabase } from '../booking/connect.js';
import { createBookingHandler } from '../booking/consume-bookings.js';
import { bookStay } from './book-stay.js';
import { type BookingMessage, readBooking } from './booking-requested.js';
import { consumeStays } from './consume-stays.js';

const SCRIPTS = [
  '../booking/booking-tables.sql',
  '../booking/calendar-tables.sql',
  '../../packages/outbox/sql/outbox_messages.sql',
  '../../packages/inbox/sql/inbox_messages.sql',
];

let url: string;
let database: SqlDatabase;
beforeAll(async () => {
  const name = `versions_${randomUUID().slice(0, 8)}`;
  const admin = new pg.Client({ connectionString: inject('adminUrl') });
  await admin.connect();
  await admin.query(`CREATE DATABASE ${name}`);
  await admin.end();
  url = Object.assign(new URL(inject('adminUrl')), { pathname: `/${name}` }).href;
  database = connect(url);
  for (const script of SCRIPTS)
    await database.$executeRawUnsafe(await readFile(new URL(script, import.meta.url), 'utf8'));
});
afterAll(() => database?.$disconnect());

const toInbound = ({ id, key, type, body, headers }: OutboundMessage): InboundMessage => ({
  id,
  key,
  type,
  body,
  headers,
  position: 'test',
});

/** Publishes the stored messages and returns their records. */
async function publishStored(count: number): Promise<InboundMessage[]> {
  const records: InboundMessage[] = [];
  const publisher: Publisher = {
    topics: null,
    async publish(messages) {
      records.push(...messages.map(toInbound));
      return messages.map(() => ({ status: 'acknowledged' }));
    },
    probe: async () => {},
    close: async () => {},
  };
  const relay = startRelay({ sql: database, databaseUrl: url, publisher });
  await poll('the messages are published', async () => records.length >= count, { seconds: 30 });
  await relay.stop();
  return records;
}

function readAll(records: readonly InboundMessage[]): BookingMessage[] {
  return records.map((record) => {
    const booking = readBooking(record);
    if (typeof booking === 'string') throw new Error(booking);
    return booking;
  });
}

const readNights = async () =>
  database.$queryRawUnsafe('SELECT room, day::text FROM calendar_entries ORDER BY room, day');

it('consumes rows of both versions, and a record of version 1 that the old consumer has consumed', async () => {
  await bookRoom(database, 'blue', '2027-01-15');
  await bookStay(database, { room: 'red', from: '2027-01-15', nights: 2 });
  const records = await publishStored(2);
  expect(records.map(({ type }) => type)).toEqual(['booking.requested.v1', 'booking.requested.v2']);

  // The old consumer dies before its result arrives, and a new one gets the record again.
  const consumeAsBefore = createBookingHandler(database, async () => {});
  expect(await consumeAsBefore(records.slice(0, 1))).toEqual([]);
  const outcomes = await consumeStays(database, readAll(records));
  expect(outcomes.map(({ outcome }) => outcome)).toEqual(['SUCCEEDED', 'SUCCEEDED']);
  const nights = [
    { room: 'blue', day: '2027-01-15' },
    { room: 'red', day: '2027-01-15' },
    { room: 'red', day: '2027-01-16' },
  ];
  expect(await readNights()).toEqual(nights);

  expect(await consumeStays(database, readAll(records))).toEqual(outcomes);
  expect(await readNights()).toEqual(nights);
});

it('rejects a stay of which one night is taken', async () => {
  const bookingId = await bookStay(database, { room: 'red', from: '2027-01-14', nights: 2 });
  const records = (await publishStored(1)).filter(({ key }) => key === bookingId);
  expect(await consumeStays(database, readAll(records))).toMatchObject([{ outcome: 'REJECTED' }]);
  expect(await readNights()).toHaveLength(3);
});

it('rejects other versions and invalid payloads', () => {
  const id = randomUUID();
  const read = (type: string, payload: object) =>
    readBooking({ id, key: id, type, body: JSON.stringify(payload), headers: {}, position: 'test' });
  expect(read('booking.requested.v3', {})).toEqual(expect.any(String));
  expect(read('booking.requested.v2', { bookingId: id, room: 'red', day: '2027-01-15' })).toEqual(
    expect.any(String),
  );
  expect(read('booking.requested.v1', { bookingId: id, room: 'red', day: '2027-01-15' })).toMatchObject({
    type: 'booking.requested.v1',
    payload: { from: '2027-01-15', nights: 1 },
  });
});
