import type { Socket } from 'node:net';
import type { Fault } from './tcp-proxy.js';

// Held per direction of a delayed or stalled connection. Above it the sender is no longer read.
const MAX_HELD_BYTES = 1_048_576;

export interface Direction {
  /** Applies a changed fault to the chunks that are held. */
  onFaultChange(): void;
  close(): void;
}

export interface ForwardOptions {
  readonly from: Socket;
  readonly to: Socket;
  readonly fault: () => Fault;
  readonly random: () => number;
  /** Asked for each chunk as it arrives. False drops the chunk. */
  readonly mayPass: () => boolean;
}

/** One direction of a proxied connection: forwards chunks in order, when the fault allows it. */
export function forwardChunks({ from, to, fault, random, mayPass }: ForwardOptions): Direction {
  /** A null chunk is the end of the stream. */
  const held: { readonly chunk: Buffer | null; dueAt: number }[] = [];
  let heldBytes = 0;
  let lastDueAt = 0;
  let full = false;
  let timer: NodeJS.Timeout | undefined;

  function flush() {
    clearTimeout(timer);
    if (fault().kind === 'stall' || full || to.destroyed) return;
    for (let next = held[0]; next; next = held[0]) {
      const waitMs = next.dueAt - performance.now();
      if (waitMs > 0) {
        timer = setTimeout(flush, waitMs);
        return;
      }
      held.shift();
      if (next.chunk === null) {
        to.end();
        return;
      }
      heldBytes -= next.chunk.length;
      full = !to.write(next.chunk);
      if (full) return;
    }
    if (heldBytes < MAX_HELD_BYTES) from.resume();
  }

  function hold(chunk: Buffer | null) {
    const now = fault();
    const delayMs = now.kind === 'delay' ? now.ms + (now.jitterMs ?? 0) * (2 * random() - 1) : 0;
    // Never before a chunk that was sent earlier.
    lastDueAt = Math.max(lastDueAt, performance.now() + Math.max(delayMs, 0));
    held.push({ chunk, dueAt: lastDueAt });
    heldBytes += chunk?.length ?? 0;
    if (heldBytes >= MAX_HELD_BYTES) from.pause();
    flush();
  }

  from.on('data', (chunk) => {
    if (mayPass()) hold(chunk);
  });
  from.on('end', () => hold(null));
  to.on('drain', () => {
    full = false;
    flush();
  });
  return {
    onFaultChange() {
      // Delayed chunks need not wait for the rest of their delay.
      if (fault().kind === 'pass') for (const entry of held) entry.dueAt = 0;
      flush();
    },
    close: () => clearTimeout(timer),
  };
}
