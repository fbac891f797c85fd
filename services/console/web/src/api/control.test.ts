import { expect, it } from 'vitest';
import { chooseRecovery } from './control.ts';
import type { ControlledProcess } from './views.ts';

const toProcess = (phase: ControlledProcess['phase']) => ({
  name: 'relay',
  phase,
  ready: false,
  restarts: 0,
});
const commands = ['kill', 'start', 'pause', 'resume'];

it('starts a process that is down and resumes one that is paused', () => {
  expect(chooseRecovery(toProcess('down'), commands)).toBe('start');
  expect(chooseRecovery(toProcess('paused'), commands)).toBe('resume');
});

it('offers nothing for a process that runs, is starting or is not controlled', () => {
  expect(chooseRecovery(toProcess('up'), commands)).toBeNull();
  expect(chooseRecovery(toProcess('starting'), commands)).toBeNull();
  expect(chooseRecovery(undefined, commands)).toBeNull();
});

it('offers only commands of the control channel', () => {
  expect(chooseRecovery(toProcess('down'), ['verify'])).toBeNull();
  expect(chooseRecovery(toProcess('paused'), ['verify'])).toBeNull();
});
