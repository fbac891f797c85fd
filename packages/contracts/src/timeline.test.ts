import { expect, it, vi } from 'vitest';

vi.mock('zod', () => {
  throw new Error('zod was loaded');
});

it('loads without zod, so that a page need not contain it', async () => {
  expect(Object.keys(await import('./timeline.js'))).toEqual(['buildTimeline', 'traceId']);
  await expect(import('./index.js')).rejects.toThrow();
});
