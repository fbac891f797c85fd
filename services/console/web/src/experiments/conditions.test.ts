import type { InboxMessageView, MessageDetailView, StockMovementView } from '@lmt/contracts';
import { describe, expect, it } from 'vitest';
import type { Health, InstanceHealth, ServiceName } from '../api/views.ts';
import {
  brokerIsUp,
  deductedOnce,
  duplicatesIgnored,
  isDown,
  lastWasReplayed,
  movedByOrder,
  noFailures,
  nothingMoved,
  publishedAtLeast,
  sameOrderEachTime,
} from './conditions.ts';
import type { Memory, Sight } from './experiment.ts';

const memory = { sku: 'MOUSE', answers: [] } as Pick<Memory, 'sku' | 'answers'> as Memory;

const instance = (fields: Partial<InstanceHealth>): InstanceHealth => ({
  address: '127.0.0.1:1',
  ready: true,
  problems: [],
  counters: {},
  ...fields,
});

function see(sight: Partial<Sight>): Sight {
  const nothing = { order: null, messages: [], inbox: [], available: null, health: null };
  return { ...nothing, deadLetters: null, processes: [], broker: 'kafka', ...sight };
}

const withHealth = (name: ServiceName, ...instances: InstanceHealth[]) =>
  see({ health: { at: '', services: [{ name, instances }] } satisfies Health });

function consumed(...deltas: readonly number[]): Sight {
  const movements = deltas.map((delta, id): StockMovementView => {
    const kind = delta < 0 ? 'DEDUCT' : 'RELEASE';
    return { id: String(id), orderId: 'o', sku: 'MOUSE', kind, delta, createdAt: '' };
  });
  const message: InboxMessageView = {
    ...{ id: 'm', type: 'order.placed.v1', orderId: 'o', receivedAt: '', result: null, reservation: null },
    movements,
  };
  return see({ inbox: [message] });
}

const published = (attempts: number, failures = 0) =>
  see({ messages: [{ attempts, failures } as MessageDetailView] });

describe('the health of a service', () => {
  it('is down if no instance is ready, and unknown before the first answer', () => {
    expect(isDown(withHealth('relay', instance({ ready: false })), 'relay')).toBe(true);
    expect(isDown(withHealth('relay'), 'relay')).toBe(true);
    expect(isDown(withHealth('relay', instance({ ready: false }), instance({})), 'relay')).toBe(false);
    expect(isDown(see({}), 'relay')).toBe(false);
  });

  it('reads the broker from the relay, and is unknown without a relay', () => {
    expect(brokerIsUp(withHealth('relay', instance({ counters: { brokerUp: 0 } })))).toBe(false);
    expect(brokerIsUp(withHealth('relay', instance({ counters: { brokerUp: 1 } })))).toBe(true);
    expect(brokerIsUp(withHealth('relay', instance({})))).toBeNull();
  });

  it('adds up the copies that all inventories ignored', () => {
    const two = withHealth(
      'inventory',
      instance({ counters: { duplicate: 2 } }),
      instance({ counters: { duplicate: 3 } }),
    );
    expect(duplicatesIgnored(two)).toBe(5);
  });
});

describe('the effect of an order', () => {
  it('is one deduction of one piece', () => {
    expect(deductedOnce.holds(consumed(-1), memory)).toBe(true);
    expect(deductedOnce.holds(consumed(-1, -1), memory)).toBe(false);
    expect(deductedOnce.holds(consumed(-2), memory)).toBe(false);
    expect(deductedOnce.holds(consumed(), memory)).toBe(false);
    expect(deductedOnce.holds(consumed(-1), { ...memory, sku: 'KEYBOARD' })).toBe(false);
  });

  it('is empty only once the inventory has the message', () => {
    expect(nothingMoved.holds(consumed(), memory)).toBe(true);
    expect(nothingMoved.holds(see({}), memory)).toBe(false);
    expect(nothingMoved.holds(consumed(-1), memory)).toBe(false);
  });

  it('adds up to zero after a release', () => {
    expect(movedByOrder(consumed(-1, 1), 'MOUSE')).toBe(0);
    expect(movedByOrder(consumed(-1), 'MOUSE')).toBe(-1);
  });
});

describe('the publications of a message', () => {
  it('are not known before the message is', () => {
    expect(publishedAtLeast(2).holds(published(2), memory)).toBe(true);
    expect(publishedAtLeast(2).holds(published(1), memory)).toBe(false);
    expect(publishedAtLeast(1).holds(see({}), memory)).toBe(false);
    expect(noFailures.holds(published(0, 1), memory)).toBe(false);
    expect(noFailures.holds(see({}), memory)).toBe(false);
  });
});

describe('the answers to an order', () => {
  const answers = (...ids: readonly (string | null)[]): Memory => ({
    ...memory,
    answers: ids.map((orderId) => ({
      orderId,
      status: orderId === null ? 503 : 201,
      replayed: orderId === 'b',
    })),
  });

  it('name one order, refused ones aside', () => {
    expect(sameOrderEachTime.holds(see({}), answers('a', null, 'a'))).toBe(true);
    expect(sameOrderEachTime.holds(see({}), answers('a', 'b'))).toBe(false);
    expect(sameOrderEachTime.holds(see({}), answers(null))).toBe(false);
  });

  it('end with a repeated one', () => {
    expect(lastWasReplayed.holds(see({}), answers('a', 'b'))).toBe(true);
    expect(lastWasReplayed.holds(see({}), answers('b', 'a'))).toBe(false);
  });
});
