import { expect, it } from 'vitest';
import { toPaste } from './paste.ts';

it.each([
  [{ command: 'kill', body: { name: 'relay' } }, 'docker compose kill relay', 'npm run demo -- kill relay'],
  [
    { command: 'resume', body: { name: 'inventory' } },
    'docker compose unpause inventory',
    'npm run demo -- resume inventory',
  ],
  [
    { command: 'start', body: { name: 'kafka' } },
    'docker compose up --detach kafka',
    'npm run demo -- start kafka',
  ],
] as const)('names the commands of %j', (call, compose, demo) => {
  expect(toPaste(call)).toEqual({ compose, demo });
});

it('quotes the body of a record for the shell', () => {
  const call = { command: 'produce', body: { body: `{"a":"it's"}`, key: 'k-1' } } as const;
  expect(toPaste(call).demo).toBe(`npm run produce -- --body '{"a":"it'\\''s"}' --key k-1`);
});
