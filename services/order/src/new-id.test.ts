import { describe, expect, it, vi } from 'vitest';
import { newId } from './new-id.js';

describe('a new id', () => {
  it('is a UUID of version 7 that begins with the time', () => {
    vi.useFakeTimers({ now: 0x0123_4567_89ab });
    expect(newId()).toMatch(/^01234567-89ab-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    vi.setSystemTime(1);
    expect(newId()).toMatch(/^00000000-0001-7/);
    vi.useRealTimers();
  });

  it('differs from all others of its millisecond', () => {
    expect(new Set(Array.from({ length: 10_000 }, newId)).size).toBe(10_000);
  });
});
