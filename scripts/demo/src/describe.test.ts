import type { Stack } from '@lmt/stack';
import { expect, test } from 'vitest';
import { formatWelcome } from './describe.js';

test('the welcome begins with the link to the console and names no login', () => {
  const url = 'http://127.0.0.1:1';
  const text = formatWelcome({
    folder: '/data',
    urls: {
      order: url,
      orderInternal: url,
      inventory: url,
      inventoryInternal: url,
      relay: url,
      console: url,
    },
    consoleSignInUrl: `${url}/sign-in?token=t`,
    broker: { kind: 'direct', bootstrap: null, brokers: [''], topicPrefix: '', groupId: 'inventory' },
    databases: { order: 'postgresql://u:hush@h/o', inventory: 'postgresql://u:hush@h/i' },
    names: ['postgres', 'order'],
  } as Stack);
  expect(text).toMatch(/^\nEverything runs\. .*\n\n {2}http:\/\/127\.0\.0\.1:1\/sign-in\?token=t\n/);
  expect(text).toContain('to see the retries (postgres, order):');
  expect(text).toContain('the data stays in /data');
  expect(text).not.toContain('hush');
});
