import { describe, expect, it } from 'vitest';
import type { MessageDetailView } from '../messages.js';
import {
  at,
  completed,
  createInbox,
  createMessage,
  kinds,
  lines,
  publishedMessage,
} from './timeline.fixture.js';

describe('an unfinished message', () => {
  const cases: [string, Partial<MessageDetailView>, string[]][] = [
    ['is new', {}, ['waiting - - relay']],
    ['is being published', { leasedUntil: at('00:41') }, ['waiting 41.000 - in-flight']],
    ['has an expired lease', { leasedUntil: at('00:39') }, ['waiting - - relay']],
    [
      'backs off',
      { failures: 1, availableAt: at('00:45'), lastError: 'no leader' },
      ['waiting - - relay', 'next-retry 45.000 - 1 no leader'],
    ],
    [
      'is due after a failure',
      { failures: 1, availableAt: at('00:30'), lastError: 'no leader' },
      ['waiting - - relay', 'next-retry - - 1 no leader'],
    ],
    [
      'stands behind an earlier message of its order',
      { availableAt: at('00:45') },
      ['waiting - - relay', 'next-retry 45.000 - 1 '],
    ],
    [
      'waits for its result',
      { status: 'PUBLISHED', attempts: 1, publishedAt: at('00:39'), availableAt: at('00:49') },
      ['waiting - - consumer', 'next-retry 49.000 - 2 '],
    ],
    [
      'has missed its deadline',
      { status: 'PUBLISHED', attempts: 1, publishedAt: at('00:01'), availableAt: at('00:11') },
      ['waiting - - consumer', 'next-retry - - 2 '],
    ],
  ];
  it.each(cases)('that %s names what it waits for', (_, changes, expected) => {
    expect(lines(createMessage(changes)).filter((line) => /^(waiting|next-retry)/.test(line))).toEqual(
      expected,
    );
  });

  it('waits for the result only if the inventory has processed it', () => {
    expect(lines(publishedMessage(), createInbox()).slice(-4)).toEqual([
      'processed 01.020 15 SUCCEEDED ',
      'deadline 11.000 9980 10000',
      'waiting - - result',
      'next-retry - - 2 ',
    ]);
    expect(lines(publishedMessage(), createInbox({ result: null })).slice(-3)).toEqual([
      'deadline 11.000 9990 10000',
      'waiting - - consumer',
      'next-retry - - 2 ',
    ]);
  });

  it('has no publication that no relay recorded, even if its consumer has it', () => {
    expect(lines(createMessage(), createInbox()).slice(0, 3)).toEqual([
      'written 00.000 -',
      'unrecorded - -',
      'received 01.005 -',
    ]);
    const history = [{ at: at('00:00.500'), event: 'publish-failed', reason: 'no leader' }];
    const failedOnce = kinds(createMessage({ failures: 1, history }), createInbox());
    expect(failedOnce.slice(0, 4)).toEqual(['written', 'publish-failed', 'unrecorded', 'received']);
    expect(kinds(createMessage(completed)).slice(0, 3)).toEqual(['written', 'unrecorded', 'received']);
  });
});
