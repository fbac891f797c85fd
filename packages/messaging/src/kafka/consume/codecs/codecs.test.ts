import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { CompressionCodecs, CompressionTypes } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { decompressLz4 } from './lz4.js';
import { MAX_BATCH_BYTES, registerCodecs } from './register-codecs.js';
import { decompressSnappy } from './snappy.js';
import { decompressZstd } from './zstd.js';

// foreign-records.integration.test.ts decodes the output of Kafka's own libraries.
const LIMIT = 1_000_000;
const bytes = (...values: number[]) => Buffer.from(values);
const int32 = (value: number) => {
  const buffer = Buffer.alloc(4);
  buffer.writeInt32BE(value);
  return buffer;
};
const uint32LE = (value: number) => int32(value).reverse();

const lz4Frame = (...blocks: Buffer[]) =>
  Buffer.concat([
    bytes(0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0),
    ...blocks.flatMap((block) => [uint32LE(block.length), block]),
    uint32LE(0),
  ]);
const abc = Buffer.from('abc');

describe('lz4', () => {
  it('decodes back-references, also across blocks', () => {
    const first = Buffer.concat([bytes(0x31), abc, bytes(3, 0), bytes(0x10), Buffer.from('d')]);
    const second = bytes(0x02, 9, 0, 0x10, 0x65);
    expect(decompressLz4(lz4Frame(first, second), LIMIT).toString()).toBe('abcabcabdabcabce');
  });

  it.each([
    ['a distance before the start', lz4Frame(bytes(0x10, 0x61, 2, 0))],
    ['a distance of 0', lz4Frame(bytes(0x10, 0x61, 0, 0))],
    ['missing literals', lz4Frame(bytes(0xf0, 200, 0x61))],
    ['a truncated block', lz4Frame(Buffer.concat([bytes(0x30), abc])).subarray(0, -6)],
    ['a missing end mark', lz4Frame(Buffer.concat([bytes(0x30), abc])).subarray(0, -4)],
    ['another format', Buffer.from('abcdefghijkl')],
    ['nothing', Buffer.alloc(0)],
  ])('rejects %s', (_, frame) => {
    expect(() => decompressLz4(frame, LIMIT)).toThrow();
  });

  it('record-bomb: stops at the limit', () => {
    const bomb = Buffer.concat([bytes(0x1f, 0x61, 1, 0), Buffer.alloc(500_000, 255), bytes(0)]);
    expect(() => decompressLz4(lz4Frame(bomb), LIMIT)).toThrow('more than 1000000 bytes when decompressed');
  });
});

describe('snappy', () => {
  const block = Buffer.concat([bytes(9, 0x08), abc, bytes(0x09 | (2 << 2), 3)]);
  const xerial = (...blocks: Buffer[]) =>
    Buffer.concat([
      bytes(0x82),
      Buffer.from('SNAPPY\0'),
      int32(1),
      int32(1),
      ...blocks.flatMap((one) => [int32(one.length), one]),
    ]);

  it('reads one bare block, and blocks in the framing of the Java client', () => {
    const one = Buffer.concat([bytes(9, 0x08), abc, bytes((2 << 2) | 1, 3)]);
    expect(decompressSnappy(one, LIMIT).toString()).toBe('abcabcabc');
    expect(decompressSnappy(xerial(one, one), LIMIT).toString()).toBe('abcabcabcabcabcabc');
    expect(decompressSnappy(xerial(), LIMIT)).toHaveLength(0);
  });

  it('reads long literals and all kinds of back-references', () => {
    const long = Buffer.alloc(300, 'x');
    const literal = Buffer.concat([bytes(0xff, 0xff, 0x03, 61 << 2, 43, 1), long]);
    const copies = bytes((3 << 2) | 2, 44, 1, (3 << 2) | 3, 44, 1, 0, 0);
    expect(decompressSnappy(Buffer.concat([literal, copies]), LIMIT).toString()).toBe('x'.repeat(308));
  });

  it.each([
    ['a distance before the start', bytes(9, 0, 0x61, (2 << 2) | 1, 9)],
    ['missing literals', bytes(9, 0x08, 0x61)],
    ['a truncated block', xerial(block).subarray(0, -1)],
    ['a block with a negative length', Buffer.concat([xerial(), int32(-8)])],
    ['nothing', Buffer.alloc(0)],
  ])('rejects %s', (_, data) => {
    expect(() => decompressSnappy(data, LIMIT)).toThrow();
  });

  it('record-bomb: stops at the limit', () => {
    const copies = Buffer.alloc(60_000).fill(bytes((63 << 2) | 2, 1, 0));
    const bomb = Buffer.concat([bytes(9, 0, 0x61), copies]);
    expect(() => decompressSnappy(bomb, LIMIT)).toThrow('more than 1000000 bytes when decompressed');
  });
});

describe('zstd', () => {
  /** A frame of blocks that each repeat one byte, with a window of 128 MB. */
  const frame = (...lengths: number[]) =>
    Buffer.concat([
      bytes(0x28, 0xb5, 0x2f, 0xfd, 0, 17 << 3),
      ...lengths.map((length, at) => {
        const header = (length << 3) | (1 << 1) | (at === lengths.length - 1 ? 1 : 0);
        return Buffer.concat([uint32LE(header).subarray(0, 3), bytes(0x61 + (at % 26))]);
      }),
    ]);

  const withChecksum = (unchecked: Buffer) => {
    const checked = Buffer.concat([unchecked, uint32LE(0)]);
    checked[4] = 0x04;
    return checked;
  };

  it('reads a frame with any window size', () => {
    expect(decompressZstd(frame(3, 2), LIMIT).toString()).toBe('aaabb');
    expect(decompressZstd(withChecksum(frame(3, 2)), LIMIT).toString()).toBe('aaabb');
  });

  it('record-bomb: refuses a second frame, which may ask for a window of 1 GB', () => {
    const second = bytes(0x28, 0xb5, 0x2f, 0xfd, 0, 20 << 3, 0x09, 0, 0, 0x78);
    const skippable = bytes(0x50, 0x2a, 0x4d, 0x18, 1, 0, 0, 0, 7);
    for (const first of [frame(3), withChecksum(frame(3)), skippable]) {
      expect(() => decompressZstd(Buffer.concat([first, second]), LIMIT)).toThrow(
        'more than one Zstandard frame',
      );
    }
  });

  it('record-bomb: many small blocks with a large window do not block the process', () => {
    const blocks = frame(...Array.from({ length: 15_000 }, () => 1));
    expect(() => decompressZstd(blocks, MAX_BATCH_BYTES)).toThrow('too many small blocks');
    // With a small window, the same number of blocks is cheap and is decoded.
    blocks[5] = 0;
    expect(decompressZstd(blocks, MAX_BATCH_BYTES)).toHaveLength(15_000);
  });

  it.each([
    ['a truncated frame', frame(3, 2).subarray(0, -2)],
    ['another format', Buffer.from('abcdefghijkl')],
  ])('rejects %s', (_, data) => {
    expect(() => decompressZstd(data, LIMIT)).toThrow();
  });

  it.each([
    ['a frame of many blocks', frame(...Array.from({ length: 10 }, () => 120_000))],
    ['a frame that states its size', bytes(0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0, 0, 0, 0x40, 1, 0, 0)],
  ])('record-bomb: stops at the limit for %s', (_, bomb) => {
    expect(() => decompressZstd(bomb, LIMIT)).toThrow('more than 1000000 bytes when decompressed');
  });
});

it('record-bomb: kafkajs inflates gzip up to the limit', async () => {
  registerCodecs();
  const { decompress } = CompressionCodecs[CompressionTypes.GZIP]();
  expect(await decompress(gzipSync('abc'))).toEqual(abc);
  await expect(decompress(gzipSync(Buffer.alloc(MAX_BATCH_BYTES + 1)))).rejects.toThrow(
    'gzip: more than 16777216 bytes when decompressed',
  );
  await expect(decompress(Buffer.from('no gzip'))).rejects.toThrow(/^gzip: /);
});

it('record-codec: a decoder ends and stays below its limit for any input', () => {
  const starts = [lz4Frame(bytes(0x30, 1, 2, 3)), bytes(9, 0x08), bytes(0x28, 0xb5, 0x2f, 0xfd, 0, 0)];
  const decoders = [decompressLz4, decompressSnappy, decompressZstd];
  fc.assert(
    fc.property(fc.nat(2), fc.uint8Array({ maxLength: 200 }), fc.nat(20), (kind, random, kept) => {
      const data = Buffer.concat([(starts[kind] ?? abc).subarray(0, kept), random]);
      try {
        expect(decoders[kind]?.(data, 10_000).length).toBeLessThanOrEqual(10_000);
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
      }
    }),
    { numRuns: 2_000 },
  );
});
