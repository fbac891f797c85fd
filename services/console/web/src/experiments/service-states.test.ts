import { describe, expect, it } from 'vitest';
import type { ControlledProcess } from '../api/views.ts';
import type { Sight } from './experiment.ts';
import { findBlocker, toServiceStates } from './service-states.ts';

const nothing = { order: null, messages: [], inbox: [], available: null, health: null, deadLetters: null };
const problem = { check: 'broker', reason: 'connect ECONNREFUSED' };

/** A system whose relay reports that the broker is up (1) or not (0). */
function see(
  brokerUp: 0 | 1 | null,
  phases: Partial<Record<string, ControlledProcess['phase']>> = {},
  broker: Sight['broker'] = 'kafka',
): Sight {
  const counters: Record<string, number> = brokerUp === null ? {} : { brokerUp };
  const ready = brokerUp === 1;
  const relay = { address: '127.0.0.1:1', ready, problems: ready ? [] : [problem], counters };
  const processes = Object.entries(phases).flatMap(([name, phase]) =>
    phase === undefined ? [] : [{ name, phase, ready: phase === 'up', restarts: 0 }],
  );
  return {
    ...nothing,
    processes,
    broker,
    health: { at: '', services: [{ name: 'relay', instances: [relay] }] },
  };
}
const show = (...given: Parameters<typeof see>) =>
  toServiceStates(see(...given)).map(({ name, tone, key }) => `${name} ${tone} ${key}`);

describe('toServiceStates', () => {
  it('shows that the demo has killed Kafka before the relay notices', () => {
    expect(show(1, { kafka: 'down' })).toEqual(['relay good ready', 'Kafka bad kafka.unnoticed']);
    expect(show(0, { kafka: 'down' })).toEqual(['relay bad notReady', 'Kafka bad phases.down']);
  });

  it('shows that Kafka starts, and then that the relay has not reached it yet', () => {
    expect(show(0, { kafka: 'starting' })[1]).toBe('Kafka waiting kafka.starting');
    expect(show(0, { kafka: 'up' })[1]).toBe('Kafka waiting kafka.notYet');
    expect(show(1, { kafka: 'up' })[1]).toBe('Kafka good kafka.reached');
  });

  it('knows Kafka by the relay only, if the console does not control the processes', () => {
    expect([show(0)[1], show(1)[1]]).toEqual(['Kafka bad kafka.unreached', 'Kafka good kafka.reached']);
    expect(show(null)).toEqual(['relay bad notReady']);
    expect(show(1, {}, 'direct')).toEqual(['relay good ready']);
  });

  it('prefers the process to its last health, and gives the reasons of a running one', () => {
    expect(show(1, { relay: 'down' })[0]).toBe('relay bad phases.down');
    expect(show(1, { postgres: 'down' }).at(-1)).toBe('Postgres bad phases.down');
    expect(toServiceStates(see(0, { relay: 'up' }))[0]?.problems).toEqual([problem]);
  });
});

it('names the process for which a due message waits', () => {
  expect(findBlocker(see(1, { kafka: 'down' }))).toBe('Kafka');
  expect(findBlocker(see(0, { kafka: 'starting' }))).toBe('Kafka');
  expect(findBlocker(see(1, { kafka: 'down', relay: 'paused' }))).toBe('relay');
  expect(findBlocker(see(1, { kafka: 'up' }))).toBeNull();
});
