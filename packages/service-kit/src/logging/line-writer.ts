import { writeSync } from 'node:fs';

/** Writes lines to standard output. Never waits for the reader and never throws. */
export interface LineWriter {
  write(line: string): void;
}

export interface LineWriterOptions {
  /** Called for each line that is dropped. */
  readonly onDrop?: (() => void) | undefined;
  /** Called when the output accepts lines again, with the number of dropped lines. */
  readonly onResumed: (droppedLines: number) => void;
  readonly maxBytes?: number;
  /** Writes as many bytes as fit and returns their number. Throws EAGAIN if the output is full. */
  readonly writeSome?: (bytes: Buffer) => number;
}

const MAX_BYTES = 4 * 1024 * 1024;
const CHUNK_BYTES = 64 * 1024;
// A terminal accepts 4 KiB at a time. While the output is full, the writer backs off.
const SHORTEST_RETRY_MS = 1;
const LONGEST_RETRY_MS = 100;
const EXIT_MS = 500;

/**
 * Opens standard output (a pipe, a terminal or a file) without blocking. If its reader lags or
 * hangs (Ctrl-S, a pager, a log driver), up to 4 MiB of lines wait in memory. Beyond that the
 * oldest lines are dropped, because the newest explain an exit. An exiting process tries for half a
 * second to write the waiting lines. While there is room, the lines of one turn of the event loop are
 * written together at its end, because under load one write per line costs 8 % of the CPU time. Only
 * a process that is killed loses the lines of its last turn.
 *
 * A blocking descriptor would stop the process once 64 KiB wait in the pipe. Node's stream cannot
 * report at exit how much of a line it has written. A write in libuv's thread pool would make the
 * exit wait for the reader.
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
  let turnEnd: NodeJS.Immediate | undefined;
  // Removed from `waiting`, so that a partly written line is never dropped.
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
    clearImmediate(turnEnd);
    turnEnd = undefined;
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
      if (retry !== null) dropOldest();
      else if (waitingBytes > CHUNK_BYTES) pump();
      else turnEnd ??= setImmediate(pump);
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
