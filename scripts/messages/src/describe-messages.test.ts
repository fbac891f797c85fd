import type { MessageView } from '@lmt/contracts';
import { describe, expect, test } from 'vitest';
import { describeDeadLetters, describeList, describeMessage, describeStats } from './describe-messages.js';

const now = Date.parse('2026-11-22T12:00:00Z');
const id = '01a20374-15b6-7231-a82c-e4b3b47ade6c';
const message = {
  id,
  topic: 'order-events',
  key: '01a20374-15b6-7231-a82c-e4b3b47ade6d',
  type: 'order.placed.v1',
  status: 'DEAD' as const,
  attempts: 2,
  failures: 0,
  availableAt: '2026-11-22T11:57:00.000Z',
  lastError: 'too large',
  createdAt: '2026-11-22T11:57:00.000Z',
  claimedAt: '2026-11-22T11:57:00.500Z',
  publishedAt: '2026-11-22T11:57:01.000Z',
  position: 'order-events/3@17',
  completedAt: null,
};
const detail = {
  ...message,
  leasedUntil: null,
  payload: { orderId: 'o', note: 'a\u001b[31m\u009b\u202eb' },
  headers: {},
  result: { outcome: 'FAILED', processedAt: '2026-11-22T11:58:00.000Z' } as const,
  history: [{ at: '2026-11-22T11:58:00.000Z', event: 'died', reason: 'too\nlarge' }],
};
const list = (items: readonly MessageView[], nextCursor: string | null = null) =>
  describeList({ items, nextCursor, complete: true, scannedTo: null }, now);
const widest = (text: string) => Math.max(...text.split('\n').map((line) => [...line].length));
// biome-ignore lint/suspicious/noControlCharactersInRegex: the tests assert that these are absent
const harmful = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e]/;

describe('a list', () => {
  test('is aligned and shows whole ids, ages and errors', () => {
    expect(list([message, { ...message, status: 'PENDING', lastError: null, attempts: 0 }])).toBe(`\
ID                                    STATUS     AGE  SENT  TYPE             KEY
${id}  DEAD     3 min     2  order.placed.v1  ${message.key}
    too large
${id}  PENDING  3 min     0  order.placed.v1  ${message.key}
2 messages`);
  });

  test('fits 120 columns and escapes control characters, whatever the messages contain', () => {
    const hostile = `\u001b]0;title\u0007\u009b2J\u202e${'x'.repeat(300)}\nforged line\u2028`;
    const long = { ...message, key: hostile, type: hostile, lastError: hostile };
    for (const text of [list([long, message], 'next'), describeDeadLetters([long], 1)]) {
      expect(widest(text)).toBeLessThanOrEqual(120);
      expect(text).not.toMatch(harmful);
      expect(text).toContain('\\u001b]0;title\\u0007');
    }
    expect(widest(list([message]))).toBeLessThanOrEqual(120);
  });

  test('reports that no message matches, or that more exist', () => {
    expect(list([])).toBe('no message matches');
    expect(list([message], 'next')).toMatch(/1 message, the newest; --all lists all/);
  });

  test('of dead letters is limited to 20', () => {
    const text = describeDeadLetters(Array(30).fill({ ...message, lastError: null }), 1_234);
    expect(text.split('\n')).toHaveLength(22);
    expect(text).toMatch(/and 1,214 more$/);
  });
});

describe('a message', () => {
  test('is shown with payload, result and history, and its control characters are escaped', () => {
    const text = describeMessage(detail, now);
    expect(text).toContain('last error    too large\n');
    expect(text).toContain('published     2026-11-22T11:57:01.000Z (3 min ago), the first of 2 times\n');
    expect(text).toContain('claimed       2026-11-22T11:57:00.500Z (3 min ago)\n');
    expect(text).toContain('position      order-events/3@17\n');
    expect(describeMessage({ ...detail, attempts: 1 }, now)).toContain(
      '2026-11-22T11:57:01.000Z (3 min ago)\n',
    );
    expect(text).toContain('"note": "a\\u001b[31m\\u009b\\u202eb"');
    expect(text).toContain('"outcome": "FAILED"');
    expect(text).toContain('  2026-11-22T11:58:00.000Z  died            reason="too\\nlarge"');
    expect(text).not.toMatch(harmful);
  });
});

describe('the counts', () => {
  test('are aligned', () => {
    const counts = { PENDING: 0, PUBLISHED: 1, COMPLETED: 1_234_567, DEAD: 0, DISCARDED: 0 };
    expect(describeStats({ counts, atLeast: [], inFlight: 0, oldestUnfinishedSeconds: 200 })).toBe(
      [
        'PENDING            0',
        'PUBLISHED          1',
        'COMPLETED  1,234,567',
        'DEAD               0',
        'DISCARDED          0',
        'the oldest unfinished message is 3 min old',
      ].join('\n'),
    );
    expect(describeStats({ counts, atLeast: [], inFlight: 0, oldestUnfinishedSeconds: null })).toMatch(
      /no message is unfinished$/,
    );
  });

  test('metrics-at-size: are marked where they are lower bounds', () => {
    const counts = { PENDING: 100_000, PUBLISHED: 7, COMPLETED: 100_000, DEAD: 0, DISCARDED: 0 };
    const text = describeStats({
      counts,
      atLeast: ['PENDING', 'PUBLISHED', 'COMPLETED', 'DISCARDED'],
      inFlight: 0,
      oldestUnfinishedSeconds: 200,
    });
    expect(text).toBe(
      [
        'PENDING    100,000+',
        'PUBLISHED        7+',
        'COMPLETED  100,000+',
        'DEAD              0',
        'DISCARDED        0+',
        'the oldest unfinished message is at least 3 min old',
      ].join('\n'),
    );
  });
});
