import { SpanStatusCode } from '@opentelemetry/api';
import { InMemorySpanExporter, type ReadableSpan, type SpanExporter } from '@opentelemetry/sdk-trace-base';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createOtlpTracing } from './otlp-tracing.js';
import { startTracing } from './start-tracing.js';
import { parseTraceparent } from './traceparent.js';
import type { Tracing } from './tracing.js';

const traceparent = (digit: string, flags = '01') => `00-${digit.repeat(32)}-${digit.repeat(16)}-${flags}`;
const send = { name: 'send', kind: 'producer' } as const;

let tracing: Tracing;
let spans: ReadableSpan[];
beforeEach(() => {
  spans = [];
  const exporter = new InMemorySpanExporter();
  const keep: SpanExporter['export'] = (batch, done) => {
    spans.push(...batch);
    exporter.export(batch, done);
  };
  tracing = createOtlpTracing(
    { service: 'test', onProblem: (reason) => expect.fail(reason) },
    { export: keep, shutdown: () => exporter.shutdown() },
  );
});
afterEach(() => tracing.shutdown());

async function exported(): Promise<ReadableSpan[]> {
  await tracing.shutdown();
  return spans;
}
const idOf = (text: string | undefined) => parseTraceparent(text)?.spanId;

it('starts nothing without an endpoint', async () => {
  expect(await startTracing({ endpoint: undefined, service: 'test', onProblem: () => {} })).toBeNull();
});

it('records a span below the given parent, with its times, attributes and error', async () => {
  const startedAt = new Date('2026-01-01T00:00:00.000Z');
  const attributes = { 'messaging.message.id': 'm' };
  const span = tracing.start({ ...send, startedAt, attributes }, traceparent('a'));
  const endedAt = new Date('2026-01-01T00:00:01.500Z');
  span.end({ name: 'sent', endedAt, attributes: { more: 1 }, error: `${'x'.repeat(400)} refused` });
  const [only] = await exported();
  expect(only).toMatchObject({
    name: 'sent',
    parentSpanContext: { traceId: 'a'.repeat(32), spanId: 'a'.repeat(16) },
    duration: [1, 500_000_000],
    attributes: { ...attributes, more: 1 },
    status: { code: SpanStatusCode.ERROR, message: `${'x'.repeat(292)} refused` },
    resource: { attributes: { 'service.name': 'test' } },
  });
  expect(only?.spanContext().spanId).toBe(idOf(span.traceparent));
});

it.each([undefined, 'malformed', traceparent('0')])(
  'starts a new trace for the parent %j',
  async (parent) => {
    tracing.start(send, parent).end();
    const [only] = await exported();
    expect(only?.parentSpanContext).toBeUndefined();
  },
);

it('records no span of a trace that its producer did not sample, but passes it on', async () => {
  const span = tracing.start(send, traceparent('a', '00'));
  span.end();
  expect(span.isRecorded).toBe(false);
  expect(span.traceparent).toMatch(new RegExp(`^00-${'a'.repeat(32)}-[0-9a-f]{16}-00$`));
  expect(await exported()).toEqual([]);
});

it('gives each member of a batch a span in its own trace, linked to the span of the batch', async () => {
  const parents = [traceparent('b'), traceparent('c')];
  const batch = tracing.startBatch(
    send,
    parents.map((parent, index) => ({ parent, attributes: { index } })),
  );
  batch.end({ attributes: { size: 4 } }, (index) =>
    index === 1 ? { attributes: { own: true }, error: 'refused' } : {},
  );
  const [first, second, whole] = await exported();
  expect(batch.traceparents.map(idOf)).toEqual([first, second].map((span) => span?.spanContext().spanId));
  expect([first, second, whole].map((span) => span?.parentSpanContext?.traceId[0])).toEqual(['b', 'c', 'b']);
  expect([first, second, whole].map((span) => span?.attributes)).toEqual([
    { index: 0, size: 4 },
    { index: 1, size: 4, own: true },
    { size: 4 },
  ]);
  expect(second?.status.message).toBe('refused');
  expect([first, second].map((span) => span?.links[0]?.context.spanId)).toEqual([
    whole?.spanContext().spanId,
    whole?.spanContext().spanId,
  ]);
  expect(whole?.links.map(({ context }) => context.traceId[0])).toEqual(['b', 'c']);
});

it('needs no span of the batch for one member', async () => {
  tracing.startBatch(send, [{ parent: traceparent('a') }]).end();
  expect((await exported()).map(({ links }) => links)).toEqual([[]]);
});

it('ends within three seconds while nothing accepts its spans, and reports why once', async () => {
  vi.useFakeTimers();
  const problems: string[] = [];
  const stuck = createOtlpTracing(
    { service: 'test', onProblem: (reason) => void problems.push(reason) },
    { export: () => {}, shutdown: () => new Promise(() => {}) },
  );
  stuck.start(send).end();
  const done = stuck.shutdown();
  await vi.advanceTimersByTimeAsync(3_000);
  await done;
  vi.useRealTimers();
  expect(problems).toEqual([expect.stringContaining('no answer within 3 s')]);
});

it('reports an error of the exporter in one line, without its stack', async () => {
  const problems: string[] = [];
  const refused = createOtlpTracing(
    { service: 'test', onProblem: (reason) => void problems.push(reason) },
    {
      export: (_, done) => done({ code: 1, error: new Error('connect ECONNREFUSED 127.0.0.1:4318') }),
      shutdown: async () => {},
    },
  );
  // A full batch is exported at once.
  for (let spans = 0; spans < 512; spans += 1) refused.start(send, traceparent('a')).end();
  await vi.waitUntil(() => problems.length > 0);
  expect(problems).toEqual(['connect ECONNREFUSED 127.0.0.1:4318']);
  await refused.shutdown();
});
