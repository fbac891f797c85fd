import { createOpenApiDocument } from '@lmt/api';
import { lint } from '@lmt/api/check';
import { expect, it } from 'vitest';
import { api } from './api.js';

it('has a valid document', async () => {
  expect(await lint(createOpenApiDocument(api))).toEqual([]);
});
