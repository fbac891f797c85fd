import { createOpenApiDocument } from '@lmt/api';
import { lint } from '@lmt/api/check';
import { expect, it } from 'vitest';
import { api } from './api.js';
import { serveConsole } from './console.fixture.js';

it('has a valid document', async () => {
  expect(await lint(createOpenApiDocument(api))).toEqual([]);
});

it('shows the document to a signed-in reader only', async () => {
  const { send, open } = await serveConsole('http://127.0.0.1:1');
  expect((await send('/openapi.json')).status).toBe(401);
  const { get } = await open();
  expect((await get('/openapi.json')).json()).toEqual(JSON.parse(JSON.stringify(createOpenApiDocument(api))));
  const page = await get('/docs');
  expect([page.status, page.headers['content-security-policy']]).toEqual([
    200,
    "default-src 'none'; style-src 'unsafe-inline'",
  ]);
});
