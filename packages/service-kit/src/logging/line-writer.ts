import { writeSync } from 'node:fs';

/** Writes lines to standard output. Never waits for the reader and never throws. */
export interface LineWriter {
  write(line: string): void;
}

export interface LineWriterOptions {
  /** Called for each line that is dropped. */
  readonly onDrop?: (() => void) | undefined;
  /** Called once writing goes on, with the number of lines dropped meanwhile. */
  readonly onResumed: (droppedLines: number) => void;
  readonly maxBytes?: number;
  /** Writes what fits and returns the number of bytes. Throws EAGAIN if nothing fits. */
  readonly writeSome?: (bytes: Buffer) => number;
}

const MAX_BYTES = 4 * 1024 * 1024;
const CHUNK_BYTES = 64 * 1024;
// A terminal accepts 4 KiB at a time. While the output is full, the writer tries less and less
// often.
const SHORTEST_RETRY_MS = 1;
const LONGEST_RETRY_MS = 100;
const EXIT_MS = 500;

/**
 * Opens standard output: a pipe, a terminal or a file. While it is full because its reader lags or
 * has stopped (Ctrl-S, a pager, a log driver that hangs), up to 4 MiB of lines wait in memory.
 * Beyond that the oldest lines are dropped, because the newest explain an exit. When the process
 * exits, it tries for half a second to write the lines that still wait.
 *
 * A blocking descriptor would stop the whole process as soon as 64 KiB wait in the pipe. Node's own
 * stream for standard output cannot tell how much of a line it has written when the process exits,
 * and writes to a terminal block. Writing in a thread of libuv's pool would make the exit wait for
 * the reader. This writer therefore writes to a non-blocking descriptor itself, each line at once
 * while there is room, so a crash loses no line that the reader could have had.
 */
export function openStandardOutput(options: LineWriterOptions): LineWriter {
  const stdout: { _handle?: { setBlocking?(blocking: boolean): void } } & { readonly fd: number } =
    process.stdout;
  // Node makes a pipe non-blocking and a terminal blocking. A file never fills up.
  stdout._handle?.setBlocking?.(false);
  const { flush, ...writer } = createLineWriter({
    writeSome: (bytes) => writeSync(stdout.fd, bytes),
    ...options,
  });
  process.once('exit', () => flush(EXIT_MS));
  return writer;
}

export function createLineWriter(
  options: LineWriterOptions & Required<Pick<LineWriterOptions, 'writeSome'>>,
) {
  const { writeSome, onDrop, onResumed, maxBytes = MAX_BYTES } = options;
  const waiting: Buffer[] = [];
  let waitingBytes = 0;
  // Removed from `waiting`, so that a line that is partly written is never dropped.
  let current: Buffer = Buffer.alloc(0);
  let dropped = 0;
  let retry: NodeJS.Timeout | null = null;
  let retryMs = SHORTEST_RETRY_MS;

  function takeChunk(): Buffer {
    let bytes = 0;
    const end = waiting.findIndex((line, index) => {
      bytes += line.length;
      return index > 0 && bytes > CHUNK_BYTES;
    });
    const chunk = Buffer.concat(waiting.splice(0, end < 0 ? waiting.length : end));
    waitingBytes -= chunk.length;
    return chunk;
  }

  function writeAll(): void {
    while (current.length > 0 || waiting.length > 0) {
      if (current.length === 0) current = takeChunk();
      current = current.subarray(writeSome(current));
      retryMs = SHORTEST_RETRY_MS;
    }
    if (dropped === 0) return;
    const lines = dropped;
    dropped = 0;
    onResumed(lines);
  }

  function pump(): void {
    retry = null;
    try {
      writeAll();
    } catch {
      // No room, the reader is gone, or the disk is full.
      retry = setTimeout(pump, retryMs).unref();
      retryMs = Math.min(2 * retryMs, LONGEST_RETRY_MS);
    }
  }

  function dropOldest(): void {
    while (waitingBytes > maxBytes) {
      waitingBytes -= waiting.shift()?.length ?? 0;
      dropped += 1;
      onDrop?.();
    }
  }

  return {
    write(line: string): void {
      const bytes = Buffer.from(line);
      waiting.push(bytes);
      waitingBytes += bytes.length;
      if (retry === null) pump();
      dropOldest();
    },
    /** Writes the waiting lines, for at most `ms`. Blocks the process. */
    flush(ms: number): void {
      const deadline = performance.now() + ms;
      while (current.length > 0 || waiting.length > 0) {
        try {
          writeAll();
        } catch (error) {
          if (!isFull(error) || performance.now() > deadline) return;
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, SHORTEST_RETRY_MS);
        }
      }
    },
  };
}

function isFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EAGAIN';
}
