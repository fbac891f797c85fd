// Rows and Kafka records that the first version wrote: placements and cancellations, half of them
// consumed.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { recordHeaders } from '@lmt/contracts/routes';
import type { InboundMessage } from '@lmt/messaging';
import { upgradeWithRows } from '@lmt/postgres/earlier-rows';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startConsumer } from '../consume/consumer.fixture.js';
import { decodeMessage } from '../consume/decode-message.js';
import { createInventoryTestDatabase, type InventoryTestDatabase } from '../inventory.fixture.js';

interface StoredRecord {
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: string;
}

interface InboxRow {
  readonly id: string;
  readonly result: { readonly outcome: string; readonly processedAt: string };
}

const {
  rows,
  records,
}: {
  readonly rows: Readonly<Record<string, readonly object[]>> & {
    readonly inbox_messages: readonly InboxRow[];
  };
  readonly records: readonly StoredRecord[];
} = JSON.parse(await readFile(new URL('rows-v1.json', import.meta.url), 'utf8'));

const messages = records.map(
  ({ key, headers, value }, offset): InboundMessage => ({
    id: headers.ce_id ?? null,
    type: headers.ce_type ?? null,
    key,
    body: value,
    headers,
    position: `order-events/0@${offset}`,
  }),
);

const migrations = fileURLToPath(new URL('../../../../prisma/inventory/migrations', import.meta.url));
const released = ['20261122000000_init', '20261122010000_cancelling'];

let db: InventoryTestDatabase;
beforeAll(async () => {
  db = await createInventoryTestDatabase((url) => upgradeWithRows(url, { migrations, released, rows }));
});
afterAll(() => db?.close());

it('reads every record', () => {
  const kinds = messages.map((message) => decodeMessage(message, new Date()).kind);
  expect(new Set(kinds)).toEqual(new Set(['order']));
});

it('describes the headers of every record in the AsyncAPI document', () => {
  for (const { headers } of records)
    expect(
      recordHeaders(headers.ce_type ?? '')
        .strict()
        .parse(headers),
    ).toEqual(headers);
});

it('consumes the records: stored results are sent again, new messages take effect', async () => {
  const before = await db.snapshot();
  const { consume, sent, counted } = startConsumer(db.connectConsumer());
  expect(await consume(messages)).toEqual([]);
  for (const { id, result } of rows.inbox_messages)
    expect(sent.find(({ messageId }) => messageId === id)).toMatchObject(result);
  expect(await counted()).toEqual({ duplicate: 5, succeeded: 3 });
  const after = await db.snapshot();
  expect(after.inbox.size).toBe(records.length);
  expect([before.stock, after.stock]).toEqual([
    { KEYBOARD: 7, MOUSE: 2 },
    { KEYBOARD: 6, MOUSE: 2 },
  ]);
  expect(await db.inconsistencies()).toEqual([]);
});
