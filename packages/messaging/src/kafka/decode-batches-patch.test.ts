import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';

// Tests how the patched kafkajs decodes record batches. patches/README.md describes the bugs.
const load = createRequire(import.meta.url);

interface Encoded {
  readonly buffer: Buffer;
}
interface Decoded {
  readonly offset: string;
  readonly value: Buffer | null;
  readonly headers: Record<string, Buffer | Buffer[]>;
  readonly isControlRecord: boolean;
  readonly decodeError?: string;
}
const encodeRecord: (record: object) => Encoded = load('kafkajs/src/protocol/recordBatch/record/v0');
const { RecordBatch: encodeBatch }: { RecordBatch: (batch: object) => Promise<Encoded> } = load(
  'kafkajs/src/protocol/recordBatch/v0',
);
const Decoder = load('kafkajs/src/protocol/decoder');
const Long = load('kafkajs/src/utils/long');
const decodeMessages: (decoder: object) => Promise<Decoded[]> = load(
  'kafkajs/src/protocol/requests/fetch/v4/decodeMessages',
);

const NONE = 0;
const GZIP = 1;
/** Positions within a batch, as in the kafkajs decoder of record batches. */
const ATTRIBUTES_LOW_BYTE = 22;
const LAST_OFFSET_DELTA = 23;
const RECORD_COUNT = 57;

async function batchAt(firstOffset: number, records: readonly object[], compression = NONE): Promise<Buffer> {
  const { buffer } = await encodeBatch({
    compression,
    firstOffset: Long.fromInt(firstOffset),
    lastOffsetDelta: records.length - 1,
    records: records.map((record, offsetDelta) => encodeRecord({ offsetDelta, key: null, ...record })),
  });
  return Buffer.from(buffer);
}

async function decode(...batches: Buffer[]): Promise<Decoded[]> {
  const all = Buffer.concat(batches);
  return decodeMessages(new Decoder(Buffer.concat([encodeSize(all), all])));
}

function encodeSize({ length }: Buffer): Buffer {
  const size = Buffer.alloc(4);
  size.writeInt32BE(length);
  return size;
}

describe('record-codec: a batch that cannot be decoded', () => {
  const spoil: [string, (batch: Buffer) => void, number, RegExp][] = [
    [
      'corrupt data',
      (batch) => batch.fill(0xff, RECORD_COUNT + 10),
      GZIP,
      /incorrect header check|invalid|incomplete/,
    ],
    [
      'an unknown codec',
      (batch) => batch.writeUInt8(7, ATTRIBUTES_LOW_BYTE),
      NONE,
      /unknown compression codec 7/,
    ],
    [
      'more records than bytes',
      (batch) => batch.writeInt32BE(0x7fffffff, RECORD_COUNT),
      NONE,
      /a record is incomplete/,
    ],
    ['a negative number of records', (batch) => batch.writeInt32BE(-7, RECORD_COUNT), NONE, /array length/],
    [
      'a record of impossible length',
      (batch) => batch.writeUInt8(0x7e, RECORD_COUNT + 4),
      NONE,
      /a record is incomplete/,
    ],
    [
      'a record of negative length',
      (batch) => batch.writeUInt8(0x03, RECORD_COUNT + 4),
      NONE,
      /a record is incomplete/,
    ],
    [
      'an offset outside the batch',
      (batch) => batch.writeUInt8(0x7e, RECORD_COUNT + 7),
      NONE,
      /offset outside its batch/,
    ],
  ];

  it.each(spoil)('is one record at its last offset: %s', async (_, damage, compression, reason) => {
    const bad = await batchAt(10, [{ value: 'a' }, { value: 'b' }, { value: 'c' }], compression);
    damage(bad);

    const records = await decode(await batchAt(9, [{ value: 'before' }]), bad);

    expect(records.map(({ offset }) => offset)).toEqual(['9', '12']);
    expect(records[1]).toMatchObject({ key: null, headers: {}, isControlRecord: false });
    expect(records[1]?.decodeError).toMatch(/^record batch 10-12: /);
    expect(records[1]?.decodeError).toMatch(reason);
    expect(records[1]?.value).toEqual(bad.subarray(RECORD_COUNT));
    expect(String(records[0]?.value)).toBe('before');
  });

  it('keeps at most 100,000 of its bytes', async () => {
    const bad = await batchAt(0, [{ value: 'x'.repeat(300_000) }]);
    bad.writeUInt8(7, ATTRIBUTES_LOW_BYTE);
    expect((await decode(bad))[0]?.value).toHaveLength(100_000);
  });

  it('stays a control batch, which the consumer skips', async () => {
    const bad = await batchAt(0, [{ value: 'a' }]);
    bad.writeUInt8(0x20 | 7, ATTRIBUTES_LOW_BYTE);
    expect((await decode(bad))[0]?.isControlRecord).toBe(true);
  });
});

describe('record-headers', () => {
  it('are decoded in linear time, with equal and different names', async () => {
    const names = ['__proto__', 'constructor', ...Array.from({ length: 90_000 }, (_, at) => `h${at}`)];
    const headers = Object.fromEntries(names.map((name) => [name, 'v']));
    const batch = await batchAt(0, [{ value: 'a', headers }]);
    const started = performance.now();

    const [record] = await decode(batch);

    expect(performance.now() - started).toBeLessThan(2_000);
    expect(Object.keys(record?.headers ?? {})).toEqual(names);
    expect(String(record?.headers.constructor)).toBe('v');
  });

  it('of one name become one list', async () => {
    const list = Array.from({ length: 50_000 }, (_, at) => String(at));
    const [record] = await decode(await batchAt(0, [{ value: 'a', headers: { one: '1', h: list } }]));
    expect(String(record?.headers.one)).toBe('1');
    expect(Array.from(record?.headers.h ?? [], String)).toEqual(list);
  });

  it('beyond 100,000 make a batch undecodable', async () => {
    const headers = { h: Array.from({ length: 100_000 }, () => '') };
    const [record] = await decode(await batchAt(0, [{ value: 'a', headers }]));
    expect(record?.decodeError).toMatch(/more than 100000 records and headers in one batch/);
  });
});

describe('record-bomb', () => {
  it('a batch of 100,000 records is decoded, a larger batch is not', async () => {
    const tiny = Array.from({ length: 100_000 }, () => ({ value: null }));
    expect(await decode(await batchAt(0, tiny, GZIP))).toHaveLength(100_000);
    const [record] = await decode(await batchAt(0, [...tiny, { value: null }], GZIP));
    expect(record).toMatchObject({
      offset: '100000',
      decodeError: expect.stringMatching(/more than 100000/),
    });
  });

  it('leaves further batches to the next fetch once 10 MB or 25,000 records are decoded', async () => {
    const megabytes = await Promise.all(
      Array.from({ length: 14 }, (_, at) => batchAt(at, [{ value: Buffer.alloc(1_048_576) }], GZIP)),
    );
    expect(await decode(...megabytes)).toHaveLength(10);
    const many = Array.from({ length: 20_000 }, () => ({ value: null }));
    const batches = await Promise.all([0, 20_000, 40_000].map((at) => batchAt(at, many, GZIP)));
    expect(await decode(...batches)).toHaveLength(40_000);
  });

  it('leaves further batches to the next fetch after a batch that cannot be decoded', async () => {
    const bad = await batchAt(0, [{ value: 'a' }]);
    bad.writeUInt8(7, ATTRIBUTES_LOW_BYTE);
    const after = await batchAt(1, [{ value: 'after' }]);
    expect((await decode(bad, after)).map(({ offset }) => offset)).toEqual(['0']);
    expect((await decode(after)).map(({ offset }) => offset)).toEqual(['1']);
  });

  it('leaves further partitions of the same response to the next fetch', async () => {
    const large = await batchAt(0, [{ value: Buffer.alloc(11_000_000) }], GZIP);
    const small = await batchAt(0, [{ value: 'a' }]);
    const response = new Decoder(
      Buffer.concat([large, small, large].flatMap((batch) => [encodeSize(batch), batch])),
    );
    const counts = [];
    for (let partition = 0; partition < 3; partition += 1) {
      counts.push((await decodeMessages(response)).length);
    }
    expect(counts).toEqual([1, 0, 0]);
  });

  it('an offset that the batch cannot have does not move the consumer', async () => {
    const bad = await batchAt(5, [{ value: 'a' }]);
    bad.writeInt32BE(0, LAST_OFFSET_DELTA);
    bad.writeUInt8(0x7e, RECORD_COUNT + 7);
    expect((await decode(bad)).map(({ offset }) => offset)).toEqual(['5']);
  });
});
