import { describe, expect, it } from 'vitest';
import {
  findOthers,
  findSharedText,
  groupByReason,
  normaliseReason,
  toBulkFilter,
} from './group-by-reason.ts';

const deadLetter = (lastError: string | null, type = 'order.placed.v1') => ({
  id: crypto.randomUUID(),
  key: 'order',
  type,
  lastError,
  createdAt: '2026-11-26T12:00:00.000Z',
});

describe('normaliseReason', () => {
  it('replaces ids, times, positions and numbers', () => {
    expect(
      normaliseReason(
        'id 01a20374-15b6-7231-a82c-e4b3b47ade7c at order-events/3@17 since 2026-11-26T12:00:00.123Z: 1,048,588 bytes',
      ),
    ).toBe('id … at order-events/…@… since …: … bytes');
  });

  it('keeps the version of a message type', () => {
    expect(normaliseReason('unknown message type order.placed.v9')).toBe(
      'unknown message type order.placed.v9',
    );
  });
});

describe('findSharedText', () => {
  it('returns the longest text between the variable parts', () => {
    expect(findSharedText('message 17 has the wrong body: 4 bytes')).toBe('has the wrong body:');
  });

  it('returns null for a reason that has variable parts only', () => {
    expect(findSharedText('01a20374-15b6-7231-a82c-e4b3b47ade7c')).toBeNull();
  });

  it('returns at most as many characters as the filter accepts', () => {
    expect(findSharedText('x'.repeat(499) + '😀'.repeat(9))).toHaveLength(500);
    expect(findSharedText('x'.repeat(499) + '😀'.repeat(9))?.isWellFormed()).toBe(true);
  });
});

describe('groupByReason', () => {
  it('puts reasons that differ in their numbers into one group, the largest group first', () => {
    const groups = groupByReason([
      deadLetter('unknown type'),
      deadLetter('too large: 1048589 bytes'),
      deadLetter('too large: 2000000 bytes', 'order.cancelled.v1'),
      deadLetter(null),
    ]);
    expect(groups.map(({ reason, messages }) => [reason, messages.length])).toEqual([
      ['too large: … bytes', 2],
      [null, 1],
      ['unknown type', 1],
    ]);
    expect(groups[0]?.types).toEqual(['order.cancelled.v1', 'order.placed.v1']);
  });
});

describe('toBulkFilter', () => {
  it('filters by the shared text, and by the type if there is only one', () => {
    const [group] = groupByReason([deadLetter('too large: 1 bytes'), deadLetter('too large: 2 bytes')]);
    expect(group && toBulkFilter(group)).toEqual({ type: 'order.placed.v1', error: 'too large:' });
  });

  it('has no type for a group of several types', () => {
    const [group] = groupByReason([deadLetter('broken', 'a'), deadLetter('broken', 'b')]);
    expect(group && toBulkFilter(group)).toEqual({ error: 'broken' });
  });
});

describe('findOthers', () => {
  it('reports the messages of a preview that belong to other groups', () => {
    const previewed = [
      deadLetter('too large: 5 bytes'),
      deadLetter('too large: 7 records'),
      deadLetter(null),
    ];
    expect(findOthers({ reason: 'too large: … bytes' }, previewed)).toEqual({
      count: 2,
      reasons: ['too large: … records', null],
    });
  });
});
