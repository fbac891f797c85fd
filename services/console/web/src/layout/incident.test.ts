import { expect, it } from 'vitest';
import type { ControlledProcess, Health, InstanceHealth, ServiceName } from '../api/views.ts';
import { findIncident } from './incident.ts';

const see = (problems: Partial<Record<ServiceName, string>>, brokerUp = 1): Health => ({
  at: '2026-11-26T12:00:00Z',
  services: (['order', 'inventory', 'relay'] as const).map((name) => {
    const check = problems[name];
    const instance: InstanceHealth = {
      address: '127.0.0.1:1',
      ready: check === undefined,
      problems: check === undefined ? [] : [{ check, reason: 'no answer' }],
      counters: name === 'relay' ? { brokerUp } : {},
    };
    return { name, instances: [instance] };
  }),
});
const run = (name: string, phase: ControlledProcess['phase']): ControlledProcess => ({
  name,
  phase,
  ready: phase === 'up',
  restarts: 0,
});

it('finds none while every process works, and none while the console does not answer', () => {
  expect(findIncident(see({}), [run('postgres', 'up'), run('kafka', 'up')])).toBeNull();
  expect(findIncident(undefined, [run('kafka', 'down')])).toBeNull();
});

it('names the datastore and not the services that miss it', () => {
  const all = { order: 'database', inventory: 'database', relay: 'database' };
  expect(findIncident(see(all), [run('postgres', 'down'), run('kafka', 'up')])).toEqual({
    cause: 'postgres',
    phase: 'down',
  });
  expect(findIncident(see({ relay: 'broker' }), [run('kafka', 'paused')])?.cause).toBe('kafka');
});

it('takes the services’ word for a datastore that no demo controls', () => {
  expect(findIncident(see({ order: 'database' }), [])).toEqual({ cause: 'postgres', phase: 'not-ready' });
  expect(findIncident(see({ relay: 'broker' }, 0), [])).toEqual({ cause: 'kafka', phase: 'not-ready' });
});

it('names a service that is down by itself', () => {
  expect(findIncident(see({ inventory: 'connection' }), [run('inventory', 'down')])).toEqual({
    cause: 'inventory',
    phase: 'down',
  });
});
