import { beforeEach, describe, expect, it, vi } from 'vitest';
import { createLineWriter } from './line-writer.js';

beforeEach(() => {
  vi.useFakeTimers();
  return () => void vi.useRealTimers();
});

/** Starts a writer to an output that has room for `room` bytes, or fails with `code`. */
function start(maxBytes = 1_000) {
  const output = { room: 0, code: 'EAGAIN', text: '', writes: 0 };
  let drops = 0;
  const writer = createLineWriter({
    maxBytes,
    writeSome(bytes) {
      if (output.room === 0) throw Object.assign(new Error(output.code), { code: output.code });
      const written = bytes.subarray(0, output.room);
      output.room -= written.length;
      output.text += written.toString('latin1');
      output.writes += 1;
      return written.length;
    },
    onDrop: () => {
      drops += 1;
    },
    onResumed: (lines) => writer.write(`dropped ${lines}\n`),
  });
  return { output, writer, drops: () => drops };
}

describe('createLineWriter', () => {
  it('writes the lines of one turn of the event loop together', () => {
    const { output, writer } = start();
    output.room = 100;
    writer.write('a\n');
    writer.write('b\n');
    expect(output.text).toBe('');
    vi.advanceTimersByTime(0);
    writer.write('c\n');
    vi.advanceTimersByTime(0);
    expect(output).toMatchObject({ text: 'a\nb\nc\n', writes: 2 });
  });

  it('drops no line of a long turn while there is room', () => {
    const { output, writer, drops } = start(70_000);
    output.room = 1_000_000;
    const line = `${'x'.repeat(999)}\n`;
    for (let index = 0; index < 200; index += 1) writer.write(line);
    vi.advanceTimersByTime(0);
    expect(output.text).toBe(line.repeat(200));
    expect(drops()).toBe(0);
  });

  it('blocked-stdout: keeps lines whole and in order while the output takes a few bytes at a time', () => {
    const { output, writer } = start(1_000_000);
    const lines = Array.from({ length: 2_000 }, (_, index) => `line ${index} ${'x'.repeat(index % 90)}\n`);
    for (const [index, line] of lines.entries()) {
      if (index % 3 === 0) output.room = 7;
      writer.write(line);
      if (index % 50 === 0) vi.advanceTimersByTime(100);
    }
    output.room = 1_000_000;
    vi.advanceTimersByTime(100);
    expect(output.text).toBe(lines.join(''));
  });

  it('blocked-stdout: drops the oldest lines beyond the bound, and reports their number later', () => {
    const { output, writer, drops } = start(100);
    output.room = 3;
    for (let index = 10; index < 60; index += 1) {
      writer.write(`line ${index}\n`);
      vi.advanceTimersByTime(0);
    }
    output.room = 10_000;
    vi.advanceTimersByTime(200);
    const [first, ...rest] = output.text.trimEnd().split('\n');
    expect([first, rest.at(-2), rest.at(-1)]).toEqual(['line 10', 'line 59', `dropped ${drops()}`]);
    expect(1 + rest.length - 1 + drops()).toBe(50);
    expect(output.text.length).toBeLessThan(200);
  });

  it.each(['EPIPE', 'ENOSPC', 'EIO'])('blocked-stdout: survives %s and writes again afterwards', (code) => {
    const { output, writer } = start();
    output.code = code;
    writer.write('a\n');
    vi.advanceTimersByTime(60_000);
    output.room = 100;
    vi.advanceTimersByTime(100);
    writer.write('b\n');
    vi.advanceTimersByTime(0);
    expect(output.text).toBe('a\nb\n');
  });

  it('blocked-stdout: an exit waits for the reader, but only briefly', () => {
    vi.useRealTimers();
    const { output, writer } = start();
    writer.write('last\n');
    const began = performance.now();
    writer.flush(50);
    expect(performance.now() - began).toBeGreaterThanOrEqual(50);
    output.room = 100;
    writer.flush(10_000);
    expect(output.text).toBe('last\n');
  });
});
