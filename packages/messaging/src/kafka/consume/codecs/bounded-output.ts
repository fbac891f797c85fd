/** The data violates the codec's format. */
export class CorruptDataError extends Error {
  override readonly name = 'CorruptDataError';
}

/** The decompressed data would be larger than allowed. */
export class TooLargeError extends Error {
  override readonly name = 'TooLargeError';

  constructor(maxBytes: number) {
    super(`more than ${maxBytes} bytes when decompressed`);
  }
}

/**
 * Output of an LZ77 decoder. Grows as needed, up to `maxBytes`, so a small input can take neither
 * much memory nor much time.
 */
export class BoundedOutput {
  private readonly maxBytes: number;
  private buffer: Buffer;
  private length = 0;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
    this.buffer = Buffer.allocUnsafe(Math.min(65_536, maxBytes));
  }

  /** Appends the bytes from `start` to `end` of `source`. */
  append(source: Buffer, start: number, end: number): void {
    if (end > source.length) throw new CorruptDataError('the data is incomplete');
    this.grow(end - start);
    source.copy(this.buffer, this.length, start, end);
    this.length += end - start;
  }

  /** Appends `count` bytes that begin `distance` bytes before the end. They may overlap. */
  repeat(distance: number, count: number): void {
    if (!(distance > 0 && distance <= this.length)) throw new CorruptDataError('invalid back-reference');
    this.grow(count);
    const { buffer } = this;
    const end = this.length + count;
    if (distance >= count) {
      buffer.copyWithin(this.length, this.length - distance, end - distance);
    } else if (distance === 1) {
      buffer.fill(buffer[this.length - 1] ?? 0, this.length, end);
    } else {
      for (let at = this.length; at < end; at += 1) buffer[at] = buffer[at - distance] ?? 0;
    }
    this.length = end;
  }

  toBuffer(): Buffer {
    return this.buffer.subarray(0, this.length);
  }

  private grow(bytes: number): void {
    const needed = this.length + bytes;
    if (needed > this.maxBytes) throw new TooLargeError(this.maxBytes);
    if (needed <= this.buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.min(Math.max(needed, this.buffer.length * 2), this.maxBytes));
    this.buffer.copy(larger, 0, 0, this.length);
    this.buffer = larger;
  }
}
