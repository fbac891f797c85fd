import type { Stack } from '@lmt/stack';
import { expect, test } from 'vitest';
import { formatWelcome } from './describe.js';

test('the welcome names the processes and the data folder, but no login', () => {
  const url = 'http://127.0.0.1:1';
  const text = formatWelcome({
    folder: '/data',
    urls: { order: url, orderInternal: url, inventory: url, inventoryInternal: url, relay: url },
    broker: { kind: 'direct', bootstrap: null, brokers: [''], topicPrefix: '', groupId: 'inventory' },
    databases: { order: 'postgresql://u:hush@h/o', inventory: 'postgresql://u:hush@h/i' },
    names: ['postgres', 'order'],
  } as Stack);
  expect(text).toContain('to see the retries (postgres, order):');
  expect(text).toContain('the data stays in /data');
  expect(text).not.toContain('hush');
});
