import { expect, it } from 'vitest';
import { createDocuments } from './documents.js';
import { compareWithReleased } from './released.js';

it('keeps the contracts of the last release', async () => {
  expect(await compareWithReleased(createDocuments())).toEqual([]);
});

it('reports a document of the last release that no longer exists', async () => {
  const { 'events.json': _, ...others } = createDocuments();
  expect(await compareWithReleased(others)).toContain('events.json: removed');
});
