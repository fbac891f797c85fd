import { describe, expect, it } from 'vitest';
import { fromLocalInput, readFilters, toLocalInput, toSearch } from './filters.ts';

describe('filters in the address', () => {
  it('are read and written again without the empty ones', () => {
    const filters = readFilters(new URLSearchParams('status=DEAD&error=a%26b&other=1'), [
      'status',
      'error',
      'type',
    ]);
    expect(filters).toEqual({ status: 'DEAD', error: 'a&b', type: '' });
    expect(toSearch(filters)).toBe('?status=DEAD&error=a%26b');
  });

  it('leave no question mark behind', () => {
    expect(toSearch({ status: '' })).toBe('');
  });
});

describe('times of the datetime-local inputs', () => {
  it('are converted to the user’s zone and back', () => {
    expect(fromLocalInput(toLocalInput('2026-11-26T12:34:56.000Z'))).toBe('2026-11-26T12:34:56.000Z');
    expect(toLocalInput('2026-11-26T12:34:56.000Z')).toMatch(/^2026-11-2\dT\d\d:\d\d:56$/);
  });

  it('are empty if the text is no time', () => {
    expect(toLocalInput('yesterday')).toBe('');
    expect(fromLocalInput('')).toBe('');
  });
});
