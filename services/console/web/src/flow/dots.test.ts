import type { MessageStatus } from '@lmt/contracts';
import { expect, it } from 'vitest';
import { isVisible, MAX_DOTS, planDots, TRAVEL_MS } from './dots.ts';

const see = (id: string, status: MessageStatus, publishedAt: string | null = null) => ({
  id,
  status,
  publishedAt,
});
const toBrief = (dots: ReturnType<typeof planDots>) => dots.map(({ id, from, at }) => [id, from, at]);

it('moves nothing when the page opens, and shows only unfinished messages', () => {
  const dots = planDots(null, [see('b', 'PENDING'), see('a', 'COMPLETED')], 0);
  expect(toBrief(dots)).toEqual([
    ['a', null, 'COMPLETED'],
    ['b', null, 'PENDING'],
  ]);
  expect(dots.filter(isVisible).map(({ id }) => id)).toEqual(['b']);
});

it('lets a new message set off from the order service, also if it is completed already', () => {
  const dots = planDots([], [see('b', 'COMPLETED'), see('a', 'PENDING')], 0);
  expect(toBrief(dots)).toEqual([
    ['a', 'start', 'PENDING'],
    ['b', 'start', 'COMPLETED'],
  ]);
  expect(dots.map(({ turn }) => turn)).toEqual([0, 1]);
});

it('moves a message when its status changes, once', () => {
  const first = planDots(null, [see('a', 'PENDING')], 0);
  const second = planDots(first, [see('a', 'PUBLISHED', '2026-11-26T12:00:00Z')], 1_000);
  expect(second).toMatchObject([{ from: 'PENDING', at: 'PUBLISHED', isPublished: true, since: 1_000 }]);
  const third = planDots(second, [see('a', 'PUBLISHED', '2026-11-26T12:00:00Z')], 2_000);
  expect(third[0]).toBe(second[0]);
});

it('does not start a completed message again while it is listed', () => {
  const first = planDots([], [see('a', 'COMPLETED')], 0);
  expect(planDots(first, [see('a', 'COMPLETED')], TRAVEL_MS * 2)[0]).toBe(first[0]);
});

it('lets the messages of a queue move up, the oldest one first', () => {
  const first = planDots(null, [see('c', 'PENDING'), see('b', 'PENDING'), see('a', 'PENDING')], 0);
  expect(first.map(({ slot }) => slot)).toEqual([0, 1, 2]);
  const second = planDots(first, [see('d', 'PENDING'), see('c', 'PENDING'), see('b', 'PUBLISHED')], 9_000);
  expect(second.map(({ id, slot, since }) => [id, slot, since])).toEqual([
    ['b', 0, 9_000],
    ['c', 0, 0],
    ['d', 1, 9_000],
  ]);
});

it('queues new messages behind those that are still on their way', () => {
  const first = planDots([], [see('a', 'PENDING')], 0);
  expect(planDots(first, [see('b', 'PENDING')], 1_000).map(({ slot }) => slot)).toEqual([0, 1]);
});

it('keeps a message that left the list until it has arrived', () => {
  const first = planDots([], [see('a', 'COMPLETED')], 0);
  expect(planDots(first, [], TRAVEL_MS - 1)).toHaveLength(1);
  expect(planDots(first, [], TRAVEL_MS)).toHaveLength(0);
});

it('draws a bounded number at any rate', () => {
  const answer = (from: number) => Array.from({ length: 30 }, (_, n) => see(String(from + n), 'PENDING'));
  const dots = planDots(planDots(planDots([], answer(0), 0), answer(30), 100), answer(60), 200);
  expect(dots).toHaveLength(MAX_DOTS);
});
