import { expect, it } from 'vitest';
import type { ControlledProcess, Health, InstanceHealth } from '../api/views.ts';
import { toServiceState } from './service-state.ts';

const instance = (ready: boolean, ...problems: InstanceHealth['problems']): InstanceHealth => ({
  address: 'http://127.0.0.1:3102',
  ready,
  problems,
  counters: {},
});
const toHealth = (...instances: InstanceHealth[]): Health => ({
  at: '2026-11-26T12:00:00Z',
  services: [{ name: 'relay', instances }],
});
const toProcess = (phase: ControlledProcess['phase']): ControlledProcess => ({
  name: 'relay',
  phase,
  ready: phase === 'up',
  restarts: 0,
});
const broker = { check: 'broker', reason: 'connection refused' };

it('is up if every instance is ready', () => {
  expect(toServiceState('relay', toHealth(instance(true), instance(true)), [])).toMatchObject({
    phase: 'up',
    instances: 2,
  });
});

it('is degraded if one of two instances is ready, and names the reason of the other', () => {
  expect(toServiceState('relay', toHealth(instance(true), instance(false, broker)), [])).toMatchObject({
    phase: 'degraded',
    reasons: ['broker: connection refused'],
  });
});

it('names the same reason of two instances once', () => {
  const health = toHealth(instance(false, broker), instance(false, broker));
  expect(toServiceState('relay', health, [])).toMatchObject({
    phase: 'not-ready',
    reasons: ['broker: connection refused'],
  });
});

it('is paused or down if the demo reports that, whatever the last check reported', () => {
  const health = toHealth(instance(true));
  expect(toServiceState('relay', health, [toProcess('paused')]).phase).toBe('paused');
  expect(toServiceState('relay', health, [toProcess('down')]).phase).toBe('down');
});

it('is starting until its checks pass', () => {
  const processes = [toProcess('starting')];
  expect(toServiceState('relay', toHealth(instance(false, broker)), processes).phase).toBe('starting');
  expect(toServiceState('relay', toHealth(instance(true)), processes).phase).toBe('up');
});

it('is down without an instance, and unknown without an answer', () => {
  expect(toServiceState('relay', toHealth(), []).phase).toBe('down');
  expect(toServiceState('relay', undefined, []).phase).toBe('unknown');
});
