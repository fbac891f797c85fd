import type { MessageStatus } from '@lmt/contracts';
import { expect, it } from 'vitest';
import { type Dot, isVisible, MAX_DOTS, planDots, TRAVEL_MS } from './dots.ts';

const see = (id: string, status: MessageStatus, publishedAt: string | null = null) => ({
  id,
  status,
  publishedAt,
});
/** Plans with a table that counts as many messages as there are dots. */
const plan = (before: readonly Dot[] | null, newest: ReturnType<typeof see>[], now: number) =>
  planDots(before, newest, { PENDING: 1_000, PUBLISHED: 1_000 }, now);
const toBrief = (dots: ReturnType<typeof planDots>) => dots.map(({ id, from, at }) => [id, from, at]);

it('moves nothing when the page opens, and shows only unfinished messages', () => {
  const dots = plan(null, [see('b', 'PENDING'), see('a', 'COMPLETED')], 0);
  expect(toBrief(dots)).toEqual([
    ['a', null, 'COMPLETED'],
    ['b', null, 'PENDING'],
  ]);
  expect(dots.filter(isVisible).map(({ id }) => id)).toEqual(['b']);
});

it('lets a new message set off from the order service, also if it is completed already', () => {
  const dots = plan([], [see('b', 'COMPLETED'), see('a', 'PENDING')], 0);
  expect(toBrief(dots)).toEqual([
    ['a', 'start', 'PENDING'],
    ['b', 'start', 'COMPLETED'],
  ]);
  expect(dots.map(({ turn }) => turn)).toEqual([0, 1]);
});

it('moves a message when its status changes, once', () => {
  const first = plan(null, [see('a', 'PENDING')], 0);
  const second = plan(first, [see('a', 'PUBLISHED', '2026-11-26T12:00:00Z')], 1_000);
  expect(second).toMatchObject([{ from: 'PENDING', at: 'PUBLISHED', isPublished: true, since: 1_000 }]);
  const third = plan(second, [see('a', 'PUBLISHED', '2026-11-26T12:00:00Z')], 2_000);
  expect(third[0]).toBe(second[0]);
});

it('does not start a completed message again while it is listed', () => {
  const first = plan([], [see('a', 'COMPLETED')], 0);
  expect(plan(first, [see('a', 'COMPLETED')], TRAVEL_MS * 2)[0]).toBe(first[0]);
});

it('lets the messages of a queue move up, the oldest one first', () => {
  const first = plan(null, [see('c', 'PENDING'), see('b', 'PENDING'), see('a', 'PENDING')], 0);
  expect(first.map(({ slot }) => slot)).toEqual([0, 1, 2]);
  const second = plan(first, [see('d', 'PENDING'), see('c', 'PENDING'), see('b', 'PUBLISHED')], 9_000);
  expect(second.map(({ id, slot, since }) => [id, slot, since])).toEqual([
    ['b', 0, 9_000],
    ['c', 0, 0],
    ['d', 1, 9_000],
  ]);
});

it('queues new messages behind those that are still on their way', () => {
  const first = plan([], [see('a', 'PENDING')], 0);
  expect(plan(first, [see('b', 'PENDING')], 1_000).map(({ slot }) => slot)).toEqual([0, 1]);
});

it('keeps a message that left the list until it has arrived', () => {
  const first = plan([], [see('a', 'COMPLETED')], 0);
  expect(plan(first, [], TRAVEL_MS - 1)).toHaveLength(1);
  expect(plan(first, [], TRAVEL_MS)).toHaveLength(0);
});

it('draws a bounded number at any rate', () => {
  const answer = (from: number) => Array.from({ length: 30 }, (_, n) => see(String(from + n), 'PENDING'));
  const dots = plan(plan(plan([], answer(0), 0), answer(30), 100), answer(60), 200);
  expect(dots).toHaveLength(MAX_DOTS);
});

const countAt = (dots: readonly Dot[], station: Dot['at']) =>
  dots.filter((dot) => dot.at === station && isVisible(dot)).length;

it('never shows more resting dots at a station than the table counts there', () => {
  const dots = plan(null, [see('c', 'PENDING'), see('b', 'PENDING'), see('a', 'PUBLISHED')], 0);
  const after = planDots(
    dots,
    [see('c', 'PENDING'), see('b', 'PENDING')],
    { PENDING: 1, PUBLISHED: 0 },
    9_000,
  );
  expect(after.filter(isVisible).map(({ id, slot }) => [id, slot])).toEqual([['c', 0]]);
  const again = plan(after, [see('c', 'PENDING'), see('b', 'PENDING')], 10_000);
  expect(again.map(({ id, slot, from }) => [id, slot, from])).toEqual([
    ['b', 0, null],
    ['c', 1, null],
  ]);
});

it('sends a dot on that left the list before it arrived, once the table counts no message there', () => {
  const first = plan([], [see('a', 'PENDING')], 0);
  expect(planDots(first, [], { PENDING: 0, PUBLISHED: 0 }, 1_000)).toMatchObject([
    { id: 'a', from: 'PENDING', at: 'COMPLETED', since: 1_000 },
  ]);
});

it('shows a burst of 200 messages without a dot that the table does not count, and ends without dots', () => {
  const burst = Array.from({ length: 200 }, (_, n) => {
    const writtenAt = n * 6;
    const publishedAt = writtenAt + 300 + n * 4;
    return { id: String(n), writtenAt, publishedAt, completedAt: publishedAt + 200 + n * 8 };
  });
  const last = Math.max(...burst.map(({ completedAt }) => completedAt));
  const toStatus = (message: (typeof burst)[number], now: number): MessageStatus =>
    now >= message.completedAt ? 'COMPLETED' : now >= message.publishedAt ? 'PUBLISHED' : 'PENDING';
  let dots: readonly Dot[] = planDots(null, [], { PENDING: 0, PUBLISHED: 0 }, 0);
  for (let now = 0; now <= last + 4_000; now += 1_000) {
    const seen = burst
      .filter(({ writtenAt }) => writtenAt <= now)
      .map((message) => see(message.id, toStatus(message, now), now < message.publishedAt ? null : 'then'));
    const count = (wanted: MessageStatus) => seen.filter(({ status }) => status === wanted).length;
    const counts = { PENDING: count('PENDING'), PUBLISHED: count('PUBLISHED') };
    dots = planDots(dots, seen.reverse().slice(0, 30), counts, now);
    for (const station of ['PENDING', 'PUBLISHED'] as const)
      expect(countAt(dots, station), `${station} after ${now} ms`).toBeLessThanOrEqual(counts[station]);
  }
  expect(dots.filter(({ at }) => at !== 'COMPLETED')).toEqual([]);
});
