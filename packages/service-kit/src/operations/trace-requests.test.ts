import type { SpanEnd, SpanStart, Tracing } from '@lmt/tracing';
import type { Router } from 'express';
import { expect, it, vi } from 'vitest';
import { serve } from '../http/loopback.fixture.js';

const CLIENT = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
const SPAN = `00-${'a'.repeat(32)}-${'c'.repeat(16)}-01`;

const UNRECORDED_CLIENT = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-00`;

/** Serves `/items/:id`, which answers with the header `traceparent` and the status `id`. */
async function serveTraced() {
  const spans: { readonly start: SpanStart; readonly parent: string | undefined; readonly end: SpanEnd }[] =
    [];
  const tracing: Pick<Tracing, 'start'> = {
    start: (start, parent) => ({
      traceparent: SPAN,
      isRecorded: parent !== UNRECORDED_CLIENT,
      end: (end = {}) => void spans.push({ start, parent, end }),
    }),
  };
  const addItems = (router: Router) =>
    router.get('/items/:id', (request, response) => {
      response.status(Number(request.params.id)).end(request.get('traceparent'));
    });
  const { url } = await serve(addItems, { tracing: tracing as Tracing });
  async function ask(path: string, headers: Record<string, string> = {}) {
    const answer = await fetch(url + path, { headers });
    const text = await answer.text();
    await vi.waitUntil(() => spans.length > 0 || headers.traceparent === UNRECORDED_CLIENT);
    return { text, span: spans[0] };
  }
  return ask;
}

it('records a request by its route, below the span of the client, and replaces its trace context', async () => {
  const ask = await serveTraced();
  const { text, span } = await ask('/items/201', { traceparent: CLIENT });
  expect(text).toBe(SPAN);
  expect(span).toMatchObject({
    parent: CLIENT,
    start: { kind: 'server' },
    end: {
      name: 'GET /items/:id',
      attributes: {
        'http.request.method': 'GET',
        'url.path': '/items/201',
        'http.route': '/items/:id',
        'http.response.status_code': 201,
      },
      error: undefined,
    },
  });
});

it('does not describe a request that is not recorded, but replaces its trace context', async () => {
  const ask = await serveTraced();
  expect((await ask('/items/202', { traceparent: UNRECORDED_CLIENT })).text).toBe(SPAN);
  // Its response has closed when the next request is answered on the same connection.
  const { span } = await ask('/items/201');
  expect(span?.end.attributes).toMatchObject({ 'url.path': '/items/201' });
});

it('starts a trace for a client without a trace context', async () => {
  const ask = await serveTraced();
  expect((await ask('/items/200')).span?.parent).toBeUndefined();
});

it.each([
  ['/items/404', 'GET /items/:id', undefined],
  ['/items/503', 'GET /items/:id', 'status 503'],
  ['/other', 'GET', undefined],
])('names the span of %s %s, with the error %s', async (path, name, error) => {
  const ask = await serveTraced();
  expect((await ask(path)).span?.end).toMatchObject({ name, error });
});
