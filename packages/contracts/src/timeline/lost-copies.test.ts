import { describe, expect, it } from 'vitest';
import { at, createMessage, inHistory, kinds, lines, publishedMessage, result } from './timeline.fixture.js';

const again = (fields: object) => ({
  at: inHistory('00:20.610'),
  event: 'republished',
  attempt: 2,
  claimedAt: inHistory('00:20.600'),
  ...fields,
});
const republished = (fields: object) =>
  publishedMessage({ attempts: 2, history: [again(fields)], availableAt: at('00:50') });

describe('a republication', () => {
  it('shows that Kafka lost the earlier copy, if its offset is not higher', () => {
    const show = (position: string, changes: object = {}) =>
      lines(republished({ position, ...changes })).find((line) => line.startsWith('published 20'));
    expect(show('order-events/3@17')).toBe('published 20.610 10 2 order-events/3@17 true');
    expect(show('order-events/3@0')).toContain('true');
    expect(show('order-events/3@18')).not.toContain('true');
    expect(show('order-events/1@0')).not.toContain('true');
    // Another relay was still publishing when this one claimed the message.
    const overlapping = { claimedAt: inHistory('00:00.950') };
    expect(lines(republished({ position: 'order-events/3@16', ...overlapping })).join()).not.toContain(
      'true',
    );
    expect(lines(republished({ position: 'order-events/3@16', claimedAt: null })).join()).not.toContain(
      'true',
    );
  });

  it('begins with the deadline that passed without a result, apart from the wait for a relay', () => {
    expect(lines(republished({ dueAt: inHistory('00:11') })).slice(2, 6)).toEqual([
      'published 01.000 100 1 order-events/3@17',
      'deadline 11.000 10000 10000',
      'claimed 20.600 9600 2',
      'published 20.610 10 2 ',
    ]);
  });

  it('has no deadline if a failed publication or an operator set the due time', () => {
    const failed = { at: inHistory('00:12'), event: 'publish-failed', reason: 'no leader' };
    const history = [failed, again({ dueAt: inHistory('00:15') })];
    expect(kinds(publishedMessage({ attempts: 2, history, availableAt: at('00:50') }))).not.toContain(
      'deadline',
    );
    expect(kinds(republished({}))).not.toContain('deadline');
  });
});

it('an overdue message shows its past deadline, a requeued one has none', () => {
  expect(lines(publishedMessage()).slice(-3)).toEqual([
    'deadline 11.000 10000 10000',
    'waiting - - consumer',
    'next-retry - - 2 ',
  ]);
  expect(kinds(publishedMessage({ status: 'PENDING' }))).not.toContain('deadline');
  expect(kinds(publishedMessage({ availableAt: at('00:41') }))).not.toContain('deadline');
});

it('a message whose record no relay recorded has the steps of the FAILED result, and no publication', () => {
  const failed = { ...result, outcome: 'FAILED', reason: 'the body is not JSON' } as const;
  const history = [{ at: inHistory('00:02'), event: 'died', reason: 'the body is not JSON' }];
  expect(lines(createMessage({ status: 'DEAD', result: failed, history }))).toEqual([
    'written 00.000 -',
    'unrecorded - -',
    'received 01.005 -',
    'processed 01.020 15 FAILED the body is not JSON',
    'result-sent 01.030 10',
    'died 02.000 970 the body is not JSON',
    'waiting - - operator',
  ]);
});
