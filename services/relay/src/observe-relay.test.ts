import type { BatchReport, PublishedMessage } from '@lmt/outbox';
import { databaseReason } from '@lmt/postgres';
import { createMetrics } from '@lmt/service-kit';
import { describe, expect, it, vi } from 'vitest';
import { observeRelay } from './observe-relay.js';

type Claimed = PublishedMessage['message'];

function aMessage(fields: Partial<Claimed> = {}): Claimed {
  return {
    id: 'message-1',
    seq: 1n,
    topic: 'order-events',
    key: 'order-1',
    type: 'order.placed.v1',
    status: 'PENDING',
    payload: '{}',
    headers: {},
    attempts: 0,
    failures: 0,
    createdAt: new Date(0),
    claimedAt: new Date(0),
    ...fields,
  };
}

const empty: BatchReport = {
  claimed: 0,
  published: [],
  failed: [],
  blocked: [],
  dead: [],
  unavailable: null,
  mayLeaveDue: false,
  staleWrites: 0,
};
const first = { message: aMessage(), attempt: 1, nextAttemptInMs: 10_000 };
const again = { message: aMessage({ status: 'PUBLISHED' }), attempt: 3, nextAttemptInMs: 13_940 };
const ids = { orderId: 'order-1', messageId: 'message-1' };

function start(receiver = 'the broker') {
  const broker = { reason: null as string | null };
  const lines: [level: string, details: object, text: string][] = [];
  const log = (level: string) => (details: object, text: string) => void lines.push([level, details, text]);
  const logger = { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') };
  const metrics = createMetrics('relay');
  const onBrokerSuccess = vi.fn();
  const observer = observeRelay({
    logger,
    metrics,
    onBrokerSuccess,
    brokerReason: async () => broker.reason,
    receiver,
  });
  /** Returns the value of a metric as Prometheus reads it. */
  async function value(name: string, label = ''): Promise<string | undefined> {
    const text = await metrics.registry.metrics();
    return text
      .split('\n')
      .find((line) => line.startsWith(`${name}{`) && line.includes(label))
      ?.split(' ')[1];
  }
  return { observer, lines, value, onBrokerSuccess, broker };
}

describe('log lines', () => {
  it.each<[string, Partial<BatchReport>, [string, object, string][]]>([
    ['an empty claim', {}, []],
    ['one publication', { published: [first] }, [['info', { type: 'order.placed.v1', ...ids }, 'published']]],
    ['several publications', { published: [first, first] }, [['info', { messages: 2 }, 'published']]],
    [
      'a republication',
      { published: [again] },
      [['info', { attempt: 3, nextInSeconds: 13.9, ...ids }, 'no result by the deadline; republished']],
    ],
    [
      'a failed publication',
      { failed: [{ message: aMessage(), reason: 'not covered', nextAttemptInMs: 2_500 }] },
      [['warn', { reason: 'not covered', nextInSeconds: 2.5, ...ids }, 'not published; will retry']],
    ],
    [
      'a dead message',
      { dead: [{ message: aMessage(), reason: 'too large' }] },
      [['error', { reason: 'too large', ...ids }, 'message is DEAD: it can never be published']],
    ],
    [
      'stale writes',
      { staleWrites: 2 },
      [['debug', { messages: 2 }, 'stale writes: completed meanwhile, or leased by another relay']],
    ],
  ])('logs %s', (_name, report, expected) => {
    const { observer, lines } = start();
    observer.batchPublished?.({ ...empty, ...report });
    expect(lines).toEqual(expected);
  });

  it('logs an outage of the broker and its end', () => {
    const { observer, lines } = start();
    observer.brokerUnavailable?.('connection refused');
    observer.brokerAvailable?.(61_234);
    expect(lines).toEqual([
      ['warn', { reason: 'connection refused' }, 'the broker is unavailable; messages wait in the table'],
      ['info', { downForSeconds: 61.2 }, 'the broker is available again'],
    ]);
  });

  it('names the receiver, not a broker, with the direct transport', () => {
    const { observer, lines } = start('the receiver');
    observer.brokerUnavailable?.('connection refused');
    observer.brokerAvailable?.(1_000);
    expect(lines.map(([, , text]) => text)).toEqual([
      'the receiver is unavailable; messages wait in the table',
      'the receiver is available again',
    ]);
  });

  it('leaderless: logs blocked messages once in ten seconds', () => {
    const { observer, lines } = start();
    const reason = 'order-events/3 has no leader';
    const blocked = [{ message: aMessage(), reason, nextAttemptInMs: 2_500 }];
    for (let batch = 0; batch < 5; batch += 1) observer.batchPublished?.({ ...empty, blocked });
    expect(lines).toEqual([
      ['warn', { reason, batches: 1 }, 'messages wait, because their partition or topic accepts none'],
    ]);
  });

  it('logs an outage of the database and its end once each', () => {
    const { observer, lines } = start();
    const err = Object.assign(new Error('connect 127.0.0.1:5432'), { code: 'ECONNREFUSED' });
    observer.databaseFailed?.(err);
    observer.databaseFailed?.(err);
    observer.batchPublished?.(empty);
    observer.batchPublished?.(empty);
    expect(lines).toEqual([
      [
        'error',
        { reason: 'the database cannot be reached at the address of its URL (ECONNREFUSED)' },
        'cannot read the message table; retrying',
      ],
      ['info', { downForSeconds: expect.any(Number) }, 'the message table can be read again'],
    ]);
  });

  it('logs the wake-up connection', () => {
    const { observer, lines } = start();
    const err = new Error('terminated');
    observer.listenerLost?.(err);
    expect(lines).toEqual([['debug', { err }, 'wake-up connection lost']]);
  });

  it('logs the number of purged messages, and an outage of the purge and its end once each', async () => {
    const { observer, lines, value } = start();
    const err = Object.assign(new Error('canceling statement due to statement timeout'), { code: '57014' });
    observer.messagesPurged?.(1_200);
    observer.messagesPurged?.(0);
    observer.purgeFailed?.(err);
    observer.purgeFailed?.(err);
    observer.messagesPurged?.(0);
    expect(lines).toEqual([
      ['info', { messages: 1_200 }, 'purged finished messages'],
      ['warn', { reason: databaseReason(err) }, 'cannot purge finished messages; each tick tries again'],
      ['info', { downForSeconds: expect.any(Number) }, 'finished messages can be purged again'],
    ]);
    expect(await value('outbox_purged_total')).toBe('1200');
    expect(await value('outbox_purge_failed_total')).toBe('2');
  });
});

describe('metrics', () => {
  it('counts publications by kind, failures, dead messages and stale writes', async () => {
    const { observer, value } = start();
    const unpublished = { message: aMessage(), reason: 'no', nextAttemptInMs: 1 };
    observer.batchPublished?.({
      ...empty,
      published: [first, first, again],
      failed: [unpublished],
      blocked: [unpublished, unpublished, unpublished],
      dead: [unpublished, unpublished],
      staleWrites: 4,
    });
    expect(await value('outbox_published_total', 'kind="first"')).toBe('2');
    expect(await value('outbox_published_total', 'kind="again"')).toBe('1');
    expect(await value('outbox_publish_failed_total')).toBe('1');
    expect(await value('outbox_publish_blocked_total')).toBe('3');
    expect(await value('outbox_dead_total')).toBe('2');
    expect(await value('outbox_fenced_total')).toBe('4');
  });

  it('broker-gauge: equals the readiness check, also while no message is sent', async () => {
    const { broker, value } = start();
    expect(await value('outbox_broker_up')).toBe('1');
    broker.reason = 'connection refused';
    expect(await value('outbox_broker_up')).toBe('0');
    broker.reason = null;
    expect(await value('outbox_broker_up')).toBe('1');
  });
});

it('reports broker success only when messages are acknowledged or the broker answers again', () => {
  const { observer, onBrokerSuccess } = start();
  observer.batchPublished?.(empty);
  observer.brokerUnavailable?.('connection refused');
  expect(onBrokerSuccess).not.toHaveBeenCalled();
  observer.batchPublished?.({ ...empty, published: [first] });
  observer.brokerAvailable?.(1_000);
  expect(onBrokerSuccess).toHaveBeenCalledTimes(2);
});
