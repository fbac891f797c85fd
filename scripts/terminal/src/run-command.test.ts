import { expect, test, vi } from 'vitest';
import { createCommand } from './run-command.js';

test.each([
  ['through npm, with the words that npm needs', 'verify', 'npm run verify -- [options]'],
  ['in a container, by its name', undefined, 'verify [options]'],
])('the help shows how a command is called: %s', (_name, lifecycleEvent, usage) => {
  vi.stubEnv('npm_lifecycle_event', lifecycleEvent);
  const command = createCommand('verify', 'Checks every invariant.');
  vi.unstubAllEnvs();
  expect(command.helpInformation()).toMatch(new RegExp(`^Usage: ${usage.replaceAll('[', '\\[')}\n`));
});
