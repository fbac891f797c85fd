import { describe, expect, test } from 'vitest';
import { describeDeadLetters, describeList, describeMessage, describeStats } from './describe-messages.js';
import { age } from './printable.js';

const now = Date.parse('2026-11-22T12:00:00Z');
const id = '01a20374-15b6-7231-a82c-e4b3b47ade6c';
const message = {
  id,
  topic: 'order-events',
  key: '01a20374-15b6-7231-a82c-e4b3b47ade6d',
  type: 'order.placed.v1',
  status: 'DEAD',
  attempts: 2,
  failures: 0,
  availableAt: '2026-11-22T11:57:00.000Z',
  lastError: 'gave up',
  createdAt: '2026-11-22T11:57:00.000Z',
  publishedAt: '2026-11-22T11:57:01.000Z',
  completedAt: null,
};
const detail = {
  ...message,
  leasedUntil: null,
  payload: { orderId: 'o', note: 'a\u001b[31m\u009b\u202eb' },
  headers: {},
  result: { outcome: 'FAILED' },
  history: [{ at: '2026-11-22T11:58:00.000Z', event: 'died', reason: 'gave\nup' }],
};
const widest = (text: string) => Math.max(...text.split('\n').map((line) => [...line].length));
// biome-ignore lint/suspicious/noControlCharactersInRegex: these must not be there
const harmful = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e]/;

describe('a list', () => {
  test('is aligned, with the whole ids, the age and the error', () => {
    expect(
      describeList([message, { ...message, status: 'PENDING', lastError: null, attempts: 0 }], false, now),
    ).toBe(`\
ID                                    STATUS     AGE  SENT  TYPE             KEY
${id}  DEAD     3 min     2  order.placed.v1  ${message.key}
    gave up
${id}  PENDING  3 min     0  order.placed.v1  ${message.key}
2 messages`);
  });

  test('fits 120 columns whatever stands in it, and can not reach the terminal', () => {
    const hostile = `\u001b]0;title\u0007\u009b2J\u202e${'x'.repeat(300)}\nforged line\u2028`;
    const long = { ...message, key: hostile, type: hostile, lastError: hostile };
    for (const text of [describeList([long, message], true, now), describeDeadLetters([long], 1)]) {
      expect(widest(text)).toBeLessThanOrEqual(120);
      expect(text).not.toMatch(harmful);
      expect(text).toContain('\\u001b]0;title\\u0007');
    }
    expect(widest(describeList([message], false, now))).toBeLessThanOrEqual(120);
  });

  test('says when nothing fits, and when there is more', () => {
    expect(describeList([], false, now)).toBe('no message fits');
    expect(describeList([message], true, now)).toMatch(/1 message, the newest of them; --all shows all/);
  });

  test('of dead letters shows the first 20', () => {
    const text = describeDeadLetters(Array(30).fill({ ...message, lastError: null }), 1_234);
    expect(text.split('\n')).toHaveLength(22);
    expect(text).toMatch(/and 1,214 more$/);
  });
});

describe('a message', () => {
  test('is shown with payload, result and history, and nothing in it can reach the terminal', () => {
    const text = describeMessage(detail, now);
    expect(text).toContain('last error    gave up\n');
    expect(text).toContain('published     2026-11-22T11:57:01.000Z (3 min ago), 2 times in all\n');
    expect(text).toContain('"note": "a\\u001b[31m\\u009b\\u202eb"');
    expect(text).toContain('"outcome": "FAILED"');
    expect(text).toContain('  2026-11-22T11:58:00.000Z  died            reason="gave\\nup"');
    expect(text).not.toMatch(harmful);
  });
});

describe('the counts', () => {
  test('are aligned', () => {
    const counts = { PENDING: 0, COMPLETED: 1_234_567 };
    expect(describeStats({ counts, oldestUnfinishedSeconds: 200 })).toBe(
      'PENDING            0\nCOMPLETED  1,234,567\nthe oldest that is under way was written 3 min ago',
    );
    expect(describeStats({ counts, oldestUnfinishedSeconds: null })).toMatch(/nothing is under way$/);
  });
});

test.each([
  [-5, '0 s'],
  [119, '119 s'],
  [180, '3 min'],
  [7_200, '2 h'],
  [86_400 * 3, '3 d'],
])('an age of %i s is %s', (seconds, text) => {
  expect(age(seconds)).toBe(text);
});
