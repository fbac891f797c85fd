import { describe, expect, it } from 'vitest';
import type { MessageDetailView } from '../messages.js';
import {
  at,
  build,
  completed,
  createAction,
  createInbox,
  createMessage,
  createMovement,
  inHistory,
  kinds,
  lines,
  publishedMessage,
  result,
} from './timeline.fixture.js';

const failed = { ...result, outcome: 'FAILED', reason: 'bad body' } as const;

describe('a message that was published once', () => {
  const movements = [
    createMovement('KEYBOARD', -2, at('00:01.010')),
    createMovement('MOUSE', -1, at('00:01.010')),
  ];

  it('has each step once, with the clock that set its time', () => {
    expect(build(publishedMessage(completed), createInbox({ movements }))).toEqual([
      { kind: 'written', at: at('00:00'), clock: 'order database', sincePreviousMs: null },
      { kind: 'claimed', at: at('00:00.900'), clock: 'order database', sincePreviousMs: 900, attempt: 1 },
      {
        kind: 'published',
        at: at('00:01'),
        clock: 'order database',
        sincePreviousMs: 100,
        attempt: 1,
        position: 'order-events/3@17',
      },
      { kind: 'received', at: at('00:01.005'), clock: 'inventory', sincePreviousMs: 5 },
      {
        kind: 'processed',
        at: at('00:01.020'),
        clock: 'inventory',
        sincePreviousMs: 15,
        outcome: 'SUCCEEDED',
        reason: null,
      },
      ...movements.map(({ sku, delta, createdAt }) => ({
        kind: 'movement',
        at: createdAt,
        clock: 'inventory database',
        sincePreviousMs: null,
        sku,
        delta,
      })),
      { kind: 'result-sent', at: at('00:01.030'), clock: 'inventory', sincePreviousMs: 10 },
      { kind: 'completed', at: at('00:01.042'), clock: 'order database', sincePreviousMs: 12 },
    ]);
  });

  it('has all steps but the movements if the inventory cannot be read', () => {
    const all = kinds(publishedMessage(completed), createInbox({ movements }));
    expect(kinds(publishedMessage(completed))).toEqual(all.filter((kind) => kind !== 'movement'));
  });

  it('has the reason of a rejection', () => {
    const rejected = { ...result, outcome: 'REJECTED', reason: 'not enough MOUSE' } as const;
    expect(lines(publishedMessage({ ...completed, result: rejected }))).toContain(
      'processed 01.020 15 REJECTED not enough MOUSE',
    );
  });
});

describe('retries', () => {
  const history = [
    { at: inHistory('00:00.500000'), event: 'publish-failed', reason: 'no leader' },
    {
      at: inHistory('00:11.123456'),
      event: 'republished',
      attempt: 2,
      claimedAt: inHistory('00:11.100000'),
      position: 'order-events/3@18',
    },
  ];

  it('show each publication with its position, and each failure with its reason', () => {
    expect(lines(publishedMessage({ attempts: 2, history, availableAt: at('00:50') }))).toEqual([
      'written 00.000 -',
      'publish-failed 00.500 500 no leader',
      'claimed 00.900 400 1',
      'published 01.000 100 1 order-events/3@17',
      'claimed 11.100 10100 2',
      'published 11.123 23 2 order-events/3@18',
      'waiting - - consumer',
      'next-retry 50.000 - 3 ',
    ]);
  });

  it('come before the receipt that they caused, and after an earlier one', () => {
    const message = publishedMessage({ ...completed, attempts: 2, history, completedAt: at('00:12') });
    const late = {
      ...result,
      receivedAt: at('00:11.200'),
      processedAt: at('00:11.300'),
      sentAt: at('00:11.4'),
    };
    expect(kinds({ ...message, result: late }).slice(-5)).toEqual([
      'published',
      'received',
      'processed',
      'result-sent',
      'completed',
    ]);
    const repeated = { ...result, sentAt: at('00:11.400') };
    expect(kinds({ ...message, result: repeated }).slice(3)).toEqual([
      'published',
      'received',
      'processed',
      'claimed',
      'published',
      'result-sent',
      'completed',
    ]);
  });

  it('keep their order if the clock of the order database was set back', () => {
    const [, republished] = history;
    const message = publishedMessage({ attempts: 2, history: republished ? [republished] : [] });
    const setBack = { ...message, claimedAt: at('00:59'), publishedAt: at('00:59.100') };
    expect(kinds(setBack).slice(0, 5)).toEqual(['written', 'claimed', 'published', 'claimed', 'published']);
    expect(build(setBack)[3]).toMatchObject({ attempt: 2, sincePreviousMs: 0 });
  });

  it('are counted in a gap if the history has dropped them', () => {
    const kept = Array.from({ length: 50 }, (_, index) => ({
      at: inHistory(`10:${String(index + 10)}`),
      event: 'republished',
      attempt: 14 + index,
    }));
    expect(lines(publishedMessage({ attempts: 63, history: kept })).slice(2, 5)).toEqual([
      'published 01.000 100 1 order-events/3@17',
      'gap - - 12',
      'published 10.000 - 14 ',
    ]);
    const failures = kept.map(({ at: time }) => ({ at: time, event: 'publish-failed', reason: 'full' }));
    expect(lines(createMessage({ failures: 51, history: failures })).slice(0, 3)).toEqual([
      'written 00.000 -',
      'gap - - 1',
      'publish-failed 10.000 - full',
    ]);
  });
});

describe("operators' decisions", () => {
  const died = { at: inHistory('00:02.000000'), event: 'died', reason: 'bad body' };
  const requeued = { at: inHistory('00:30.000900'), event: 'requeued', by: 'ada', reason: 'repaired' };
  const dead = publishedMessage({ status: 'DEAD', result: failed, history: [died] });

  it('are one step if the history and the recorded actions have them', () => {
    const actions = [
      createAction({ at: at('00:30.001'), reason: 'repaired' }),
      createAction({ at: at('00:02'), action: 'send-now' }),
      createAction({ at: at('00:25'), messageId: 'another message' }),
    ];
    const message = publishedMessage({ status: 'PENDING', attempts: 1, history: [died, requeued] });
    expect(lines(message, null, actions).slice(3)).toEqual([
      'died 02.000 1000 bad body',
      'sent-now 02.000 0 ada ',
      'requeued 30.000 28000 ada repaired',
      'waiting - - relay',
      'next-retry - - 2 ',
    ]);
  });

  it('come after the death that they decide', () => {
    expect(kinds(dead).slice(-5)).toEqual(['received', 'processed', 'result-sent', 'died', 'waiting']);
    const discarded = { at: inHistory('00:30'), event: 'discarded', by: 'bob', reason: 'gone' };
    const message = { ...dead, status: 'DISCARDED', history: [died, discarded] } as const;
    expect(lines(message).slice(-2)).toEqual(['died 02.000 970 bad body', 'discarded 30.000 28000 bob gone']);
  });

  it('are absent when a late result completed the message', () => {
    const late = { at: inHistory('00:05.000000'), event: 'late-result', outcome: 'SUCCEEDED' };
    const message = publishedMessage({ ...completed, history: [died, late], completedAt: at('00:05') });
    expect(kinds({ ...message, result: { ...result, sentAt: at('00:06') } }).slice(-4)).toEqual([
      'died',
      'result-sent',
      'late-result',
      'completed',
    ]);
  });

  it('do not hide that another copy took effect after the FAILED result', () => {
    const stored = { outcome: 'SUCCEEDED', processedAt: at('00:04') } as const;
    const movements = [createMovement('MOUSE', -1, at('00:03'))];
    expect(
      lines(dead, createInbox({ receivedAt: at('00:03'), result: stored, movements })).slice(-7),
    ).toEqual([
      'processed 01.020 15 FAILED bad body',
      'result-sent 01.030 10',
      'died 02.000 970 bad body',
      'received 03.000 1000',
      'processed 04.000 1000 SUCCEEDED ',
      'movement 03.000 - MOUSE -1',
      'waiting - - operator',
    ]);
  });
});

describe('messages of older versions', () => {
  const republished = [2, 3].map((attempt) => ({
    at: inHistory(`00:${attempt}1.5`),
    event: 'republished',
    attempt,
  }));

  it('have no time of the first publication if a later one replaced it', () => {
    const old = { claimedAt: null, position: null, publishedAt: at('00:31.500'), attempts: 3 };
    expect(lines(publishedMessage({ ...old, history: republished })).slice(0, 4)).toEqual([
      'written 00.000 -',
      'published - - 1 ',
      'published 21.500 - 2 ',
      'published 31.500 10000 3 ',
    ]);
  });

  it('have no claims, no positions, and no times of receipt and sending', () => {
    const { claimedAt: _, position: __, ...old } = publishedMessage(completed);
    const message = { ...old, result: { outcome: 'SUCCEEDED', processedAt: at('00:01.020') } };
    expect(lines(message as MessageDetailView)).toEqual([
      'written 00.000 -',
      'published 01.000 1000 1 ',
      'processed 01.020 20 SUCCEEDED ',
      'completed 01.042 22',
    ]);
    expect(build(message as MessageDetailView, createInbox())).toContainEqual({
      kind: 'received',
      at: at('00:01.005'),
      clock: 'inventory',
      sincePreviousMs: 5,
    });
  });
});
