import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import kafkajs from 'kafkajs';
import { TooLargeError } from './bounded-output.js';
import { decompressLz4 } from './lz4.js';
import { decompressSnappy } from './snappy.js';
import { decompressZstd } from './zstd.js';

/**
 * Limit of a decompressed batch. Legitimate batches are far smaller. This project's producer sends
 * at most 0.9 MB, the broker accepts 1 MB of compressed data by default, and the Java client limits
 * a request to 1 MB before compression. One fetch decodes up to six partitions, and a container of
 * 384 MB could not hold six batches of 64 MB.
 */
export const MAX_BATCH_BYTES = 16 * 1024 * 1024;

type Decompress = (data: Buffer, maxBytes: number) => Buffer | Promise<Buffer>;

/**
 * Lets kafkajs decode every codec of Kafka, with limited output. kafkajs itself decodes only gzip,
 * without a limit. Compression does not change, because producers here send uncompressed records.
 * Repeated calls have no further effect.
 */
export function registerCodecs(): void {
  // Node does not find CompressionCodecs among the named exports of this CommonJS module.
  const { CompressionCodecs, CompressionTypes } = kafkajs;
  const { GZIP, Snappy, LZ4, ZSTD } = CompressionTypes;
  const gzip = CompressionCodecs[GZIP]();
  CompressionCodecs[GZIP] = () => ({ ...gzip, ...named('gzip', decompressGzip) });
  CompressionCodecs[Snappy] = () => named('snappy', decompressSnappy);
  CompressionCodecs[LZ4] = () => named('lz4', decompressLz4);
  CompressionCodecs[ZSTD] = () => named('zstd', decompressZstd);
}

const named = (name: string, decompress: Decompress) => ({
  async decompress(data: Buffer): Promise<Buffer> {
    try {
      return await decompress(data, MAX_BATCH_BYTES);
    } catch (error) {
      throw new Error(`${name}: ${error instanceof Error ? error.message : error}`);
    }
  },
});

async function decompressGzip(data: Buffer, maxOutputLength: number): Promise<Buffer> {
  try {
    return await promisify(gunzip)(data, { maxOutputLength });
  } catch (error) {
    const tooLarge = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
    throw tooLarge ? new TooLargeError(maxOutputLength) : error;
  }
}
