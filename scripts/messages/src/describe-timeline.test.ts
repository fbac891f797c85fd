import type { TimelineStep } from '@lmt/contracts/timeline';
import { expect, test } from 'vitest';
import { describeTraces } from './describe-timeline.js';

const clock = 'order database';
const at = (time: string) => `2026-11-26T12:${time}Z`;
const message = {
  id: '01a20374-15b6-7231-a82c-e4b3b47ade6c',
  type: 'order.placed.v1',
  key: '01a20374-15b6-7231-a82c-e4b3b47ade6d',
  status: 'PUBLISHED' as const,
  traceId: 'ab'.repeat(16),
};
const steps: TimelineStep[] = [
  { kind: 'written', at: at('00:00.000'), clock, sincePreviousMs: null },
  { kind: 'claimed', at: at('00:01.234'), clock, sincePreviousMs: 1_234, attempt: 1 },
  {
    kind: 'published',
    at: at('00:01.250'),
    clock,
    sincePreviousMs: 16,
    attempt: 1,
    position: 'order-events/3@17',
  },
  { kind: 'gap', at: null, clock, sincePreviousMs: null, missing: 7 },
  { kind: 'publish-failed', at: at('05:00.000'), clock, sincePreviousMs: 298_750, reason: 'no leader' },
  { kind: 'received', at: at('05:01.000'), clock: 'inventory', sincePreviousMs: 1_000 },
  {
    kind: 'processed',
    at: at('05:01.000'),
    clock: 'inventory',
    sincePreviousMs: 0,
    outcome: 'REJECTED',
    reason: 'few',
  },
  {
    kind: 'movement',
    at: at('05:01.000'),
    clock: 'inventory database',
    sincePreviousMs: null,
    sku: 'MOUSE',
    delta: 2,
  },
  { kind: 'sent-now', at: at('06:00.000'), clock, sincePreviousMs: 59_000, by: 'ada', reason: null },
  { kind: 'waiting', at: null, clock, sincePreviousMs: null, stage: 'result' },
  { kind: 'next-retry', at: null, clock, sincePreviousMs: null, attempt: 9, reason: 'no leader' },
];
const describe = (inventoryMissing: string | null = null) =>
  describeTraces({ items: [{ ...message, steps }], inventoryMissing }, 'Europe/Berlin');

test('a trace shows local times with their zone, the time between the steps, and what happened', () => {
  expect(describe()).toBe(`\
message  01a20374-15b6-7231-a82c-e4b3b47ade6c  PUBLISHED
type     order.placed.v1
order    01a20374-15b6-7231-a82c-e4b3b47ade6d
trace    abababababababababababababababab
TIME (Europe/Berlin)         AFTER  CLOCK         STEP            DETAILS
2026-11-26 13:00:00.000             order db      written
2026-11-26 13:00:01.234  +1,234 ms  order db      claimed         attempt 1
2026-11-26 13:00:01.250     +16 ms  order db      published       attempt 1, order-events/3@17
                                    order db      gap             at least 7 older steps, no longer in the history
2026-11-26 13:05:00.000     +5 min  order db      publish failed
    no leader
2026-11-26 13:05:01.000  +1,000 ms  inventory     received
2026-11-26 13:05:01.000      +0 ms  inventory     processed       REJECTED
    few
2026-11-26 13:05:01.000             inventory db  movement        MOUSE +2
2026-11-26 13:06:00.000      +59 s  order db      sent now        by ada
                                    order db      waiting         for its stored result to reach the order service
                                    order db      next retry      attempt 9, due now
    no leader`);
});

test('a trace without the inventory names the missing side', () => {
  expect(describe('it is down')).toMatch(/\n\nthe inventory's side is missing: it is down$/);
});

test('a trace escapes control characters and is at most 120 columns wide', () => {
  const hostile = '\u001b]0;title\u0007\u202e';
  const step = {
    kind: 'requeued',
    at: null,
    clock,
    sincePreviousMs: null,
    by: hostile,
    reason: hostile,
  } as const;
  const items = [{ ...message, type: hostile, key: hostile, steps: [step] }];
  const text = describeTraces({ items, inventoryMissing: hostile });
  expect(text.match(/\\u001b]0;title\\u0007\\u202e/g)).toHaveLength(5);
  expect(text).not.toContain('\u001b');
  for (const line of describe().split('\n')) expect(line.length).toBeLessThanOrEqual(120);
});
