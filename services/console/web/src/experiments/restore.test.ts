import { expect, it } from 'vitest';
import type { ControlledProcess } from '../api/views.ts';
import { toRestore } from './restore.ts';

const process = (name: string, phase: ControlledProcess['phase']) => ({
  name,
  phase,
  ready: phase === 'up',
  restarts: 0,
});

it('starts and resumes the processes that an experiment stopped, the datastores first', () => {
  const calls = toRestore([
    process('order', 'up'),
    process('inventory', 'paused'),
    process('relay', 'starting'),
    process('kafka', 'down'),
  ]);
  expect(calls).toEqual([
    { command: 'start', body: { name: 'kafka' } },
    { command: 'resume', body: { name: 'inventory' } },
  ]);
});
