// Whatever the clocks show, no step is lost and no step precedes its cause.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { MessageDetailView, MessageStatus } from '../messages.js';
import type { TimelineStep } from './step.js';
import {
  at,
  build,
  completed,
  createInbox,
  createMessage,
  createMovement,
  inHistory,
  lines,
  publishedMessage,
  result,
} from './timeline.fixture.js';

const START = Date.parse('2026-11-26T12:00:00Z');
const DAY_MS = 86_400_000;
const toTime = (ms: number) => new Date(START + ms).toISOString();

/** A time of the inventory or its database. Their clocks may be any time ahead or behind. */
const foreignTime = fc.integer({ min: -DAY_MS, max: DAY_MS }).map(toTime);
const retries = fc.array(fc.constantFrom('publish-failed', 'republished', 'sent-now'), { maxLength: 12 });

const lives = fc.record({
  failuresBefore: fc.nat({ max: 3 }),
  retries,
  /** Milliseconds between the steps at the order service. */
  gaps: fc.array(fc.nat({ max: 20_000 }), { minLength: 24, maxLength: 24 }),
  end: fc.constantFrom<MessageStatus | 'late'>('PUBLISHED', 'COMPLETED', 'DEAD', 'DISCARDED', 'late'),
  isInboxKnown: fc.boolean(),
  times: fc.record({
    receivedAt: foreignTime,
    processedAt: foreignTime,
    sentAt: foreignTime,
    insertedAt: foreignTime,
  }),
});
type Life = typeof lives extends fc.Arbitrary<infer T> ? T : never;

/** Builds both services' records of one life, and the order service's steps in their true order. */
function record({ failuresBefore, retries: events, gaps, end, isInboxKnown, times }: Life) {
  let elapsed = 0;
  const left = [...gaps];
  const tick = () => {
    elapsed += left.shift() ?? 0;
    return toTime(elapsed);
  };
  const history: { at: string; event: string; [field: string]: unknown }[] = [];
  const expected: TimelineStep['kind'][] = ['written'];
  const add = (event: TimelineStep['kind'], fields: object = {}) => {
    history.push({ at: tick(), event, ...fields });
    expected.push(event);
  };
  const createdAt = tick();
  for (let index = 0; index < failuresBefore; index += 1) add('publish-failed');
  // One millisecond separates the publication from the entries around it.
  elapsed += 1;
  const claimedAt = tick();
  const publishedAt = tick();
  elapsed += 2;
  expected.push('claimed', 'published');
  let attempts = 1;
  for (const event of events) {
    if (event === 'republished') {
      attempts += 1;
      const claimed = tick();
      expected.push('claimed');
      add('published');
      Object.assign(history.at(-1) ?? {}, { event, attempt: attempts, claimedAt: claimed });
    } else add(event as 'publish-failed' | 'sent-now', { by: 'ada' });
  }
  if (end !== 'PUBLISHED' && end !== 'COMPLETED') add('died');
  if (end === 'late') add('late-result');
  if (end === 'DISCARDED') add('discarded', { by: 'ada' });
  const isCompleted = end === 'COMPLETED' || end === 'late';
  const completedAt = isCompleted ? tick() : null;
  if (isCompleted) expected.push('completed');

  const { receivedAt, processedAt, sentAt, insertedAt } = times;
  const stored = { outcome: 'SUCCEEDED', receivedAt, processedAt } as const;
  const status = end === 'late' ? 'COMPLETED' : end;
  const result = end === 'PUBLISHED' ? null : { ...stored, sentAt };
  const publication = { claimedAt, publishedAt, attempts };
  const message: MessageDetailView = createMessage({
    ...{ createdAt, completedAt, status, result, history, availableAt: toTime(elapsed) },
    ...publication,
  });
  const movements = [createMovement('MOUSE', -1, insertedAt)];
  const inbox = createInbox({ receivedAt: insertedAt, result: stored, movements });
  return { message, inbox: isInboxKnown ? inbox : null, expected };
}

const INVENTORY = ['received', 'processed', 'movement', 'result-sent'];
const PENDING = ['deadline', 'waiting', 'next-retry'];

it('keeps every step, and its cause before it, whatever the clocks show', () => {
  fc.assert(
    fc.property(lives, (life) => {
      const { message, inbox, expected } = record(life);
      const steps = build(message, inbox);
      const kinds = steps.map(({ kind }) => kind);

      expect(kinds.filter((kind) => !INVENTORY.includes(kind) && !PENDING.includes(kind))).toEqual(expected);
      const isReported = message.result !== null;
      const known = { received: isReported || inbox, processed: isReported || inbox, movement: inbox };
      const atInventory = INVENTORY.filter((kind) => ({ ...known, 'result-sent': isReported })[kind]);
      expect(kinds.filter((kind) => INVENTORY.includes(kind))).toEqual(atInventory);

      if (atInventory.length > 0) expect(kinds.indexOf('published')).toBeLessThan(kinds.indexOf('received'));
      const arrival = ['late-result', 'completed', 'died'].find((kind) => expected.includes(kind as never));
      if (isReported) expect(kinds.indexOf('result-sent')).toBeLessThan(kinds.indexOf(arrival as never));
      const isUnfinished = message.status === 'PUBLISHED' || message.status === 'DEAD';
      expect(PENDING.includes(kinds.at(-1) ?? '')).toBe(isUnfinished);
      for (const { sincePreviousMs } of steps) expect(sincePreviousMs ?? 0).toBeGreaterThanOrEqual(0);
    }),
  );
});

it('sorts the steps by time if the clocks agree', () => {
  fc.assert(
    fc.property(lives, fc.nat({ max: 1_000 }), (life, share) => {
      const { message } = record({ ...life, end: 'COMPLETED' });
      const [from, to] = [Date.parse(message.publishedAt ?? ''), Date.parse(message.completedAt ?? '')];
      const time = new Date(from + ((to - from) * share) / 1_000).toISOString();
      const result = { outcome: 'SUCCEEDED', receivedAt: time, processedAt: time, sentAt: time } as const;
      const times = build({ ...message, result }).map(({ at }) => at);
      expect(times).toEqual(times.toSorted());
    }),
  );
});

it('places a publication by its time that the relay recorded after the result', () => {
  const failed = { ...result, outcome: 'FAILED', sentAt: at('00:11.700') } as const;
  const history = [
    { at: inHistory('00:12'), event: 'died', reason: 'bad body' },
    { at: inHistory('00:11.5'), event: 'republished', attempt: 2, claimedAt: inHistory('00:11') },
  ];
  expect(lines(publishedMessage({ status: 'DEAD', attempts: 2, result: failed, history })).slice(-5)).toEqual(
    [
      'claimed 11.000 9980 2',
      'published 11.500 500 2 ',
      'result-sent 11.700 200',
      'died 12.000 300 bad body',
      'waiting - - operator',
    ],
  );
});

it('shows that a result completed the message while it was republished', () => {
  const again = { event: 'republished', attempt: 2, claimedAt: inHistory('00:01.035') };
  const history = [{ ...again, at: inHistory('00:01.050') }];
  expect(lines(publishedMessage({ ...completed, attempts: 2, history })).slice(-4)).toEqual([
    'result-sent 01.030 10',
    'claimed 01.035 5 2',
    'completed 01.042 7',
    'published 01.050 8 2 ',
  ]);
});
