import { expect, test } from 'vitest';
import { createProduceCommand, createVerifyCommand } from './tool-commands.js';

// Port 1 refuses connections.
const NOWHERE = 'postgresql://auditor@127.0.0.1:1/nowhere';

test('verify reports why it could not run, once for all requests at a time', async () => {
  const verify = createVerifyCommand({ ORDER_DATABASE_URL: NOWHERE, INVENTORY_DATABASE_URL: NOWHERE });
  const first = verify({});
  expect(verify({})).toBe(first);
  await expect(first).rejects.toThrow(/^verify could not run: the order database .* can't be read/);
  const next = verify({});
  expect(next).not.toBe(first);
  await expect(next).rejects.toThrow();
});

test('produce needs a body and reports why it could not run', async () => {
  const produce = createProduceCommand({ DEMO_DATA: '/nowhere' });
  await expect(produce({})).rejects.toThrow('body is missing');
  await expect(produce({ body: 'x', key: 'k' })).rejects.toThrow('no demo runs from this checkout');
});
