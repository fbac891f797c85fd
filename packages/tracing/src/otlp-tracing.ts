// The only file that loads OpenTelemetry, and only if traces are wanted.
import { throttleLog, withTimeout } from '@lmt/resilience';
import {
  type Context,
  DiagLogLevel,
  diag,
  type Link,
  SpanKind as OtelKind,
  type Span as OtelSpan,
  ROOT_CONTEXT,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  ParentBasedSampler,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-base';
import { createRateLimitedSampler } from './rate-limited-sampler.js';
import type { TracingOptions } from './start-tracing.js';
import { formatTraceparent, parseTraceparent } from './traceparent.js';
import type { BatchMember, Span, SpanEnd, SpanKind, SpanStart, Tracing } from './tracing.js';

// A trace costs about 0.3 ms of CPU in all services, so 20 traces cost 0.6 % of a core.
const TRACES_PER_SECOND = 20;
// Clients that poll must not use up the traces of the orders.
const READS_PER_SECOND = 5;
const SHUTDOWN_MS = 3_000;
const LONGEST_REASON = 300;
// The default limit of links of a span (OTEL_SPAN_LINK_COUNT_LIMIT).
const MAX_LINKS = 128;

const KINDS: Readonly<Record<SpanKind, OtelKind>> = {
  server: OtelKind.SERVER,
  client: OtelKind.CLIENT,
  producer: OtelKind.PRODUCER,
  consumer: OtelKind.CONSUMER,
  internal: OtelKind.INTERNAL,
};

const toContext = (traceparent: string | undefined): Context => {
  const parent = parseTraceparent(traceparent);
  return parent === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, { ...parent, isRemote: true });
};

function endSpan(span: OtelSpan, { name, endedAt, attributes, error }: SpanEnd): void {
  if (name !== undefined) span.updateName(name);
  if (attributes !== undefined) span.setAttributes({ ...attributes });
  // The messages of Prisma state the cause at the end.
  if (error !== undefined)
    span.setStatus({ code: SpanStatusCode.ERROR, message: error.slice(-LONGEST_REASON) });
  span.end(endedAt);
}

/** OpenTelemetry reports an error as JSON, with a stack and, for some errors, the receiver's answer. */
function summarise(report: string): string {
  try {
    const { message = '', code = '' } = JSON.parse(report) as { readonly [field: string]: unknown };
    const reason = `${message}`.includes(`${code}`) ? `${message}` : `${message}, ${code}`;
    return reason.replaceAll(/\s+/g, ' ').trim().slice(0, LONGEST_REASON);
  } catch {
    return report.slice(0, LONGEST_REASON);
  }
}

/** @param exporter replaces the OTLP exporter in tests */
export function createOtlpTracing(
  { service, onProblem }: Omit<TracingOptions, 'endpoint'>,
  exporter: SpanExporter = new OTLPTraceExporter(),
): Tracing {
  const report = throttleLog<string>((reason) => onProblem(reason));
  const ignore = () => {};
  const toReport = (message: string) => report(summarise(message));
  const log = { error: toReport, warn: toReport, info: ignore, debug: ignore, verbose: ignore };
  diag.setLogger(log, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });

  const isConfigured = Boolean(process.env.OTEL_TRACES_SAMPLER);
  const limits = { GET: READS_PER_SECOND, HEAD: READS_PER_SECOND };
  const sampler = new ParentBasedSampler({ root: createRateLimitedSampler(TRACES_PER_SECOND, limits) });
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({
      'service.name': service,
      'service.namespace': 'local-message-table',
    }).merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new BatchSpanProcessor(exporter)],
    ...(!isConfigured && { sampler }),
  });
  const tracer = provider.getTracer('local-message-table');

  function open(
    { name, kind, startedAt, attributes }: SpanStart,
    parent?: string,
    links: Link[] = [],
  ): OtelSpan {
    const span = tracer.startSpan(
      name,
      { kind: KINDS[kind], links, ...(startedAt && { startTime: startedAt }) },
      toContext(parent),
    );
    // Most spans under load are not recorded, and the start would copy their attributes too.
    if (span.isRecording()) span.setAttributes({ ...attributes });
    return span;
  }

  const toTraceparent = (span: OtelSpan) => formatTraceparent(span.spanContext());

  function start(options: SpanStart, parent?: string): Span {
    const span = open(options, parent);
    return {
      traceparent: toTraceparent(span),
      isRecorded: span.isRecording(),
      end: (end = {}) => endSpan(span, end),
    };
  }

  function startBatch(options: SpanStart, members: readonly BatchMember[]) {
    const links = members.slice(0, MAX_LINKS).flatMap<Link>(({ parent }) => {
      const context = parseTraceparent(parent);
      return context === null ? [] : [{ context }];
    });
    const batch = members.length > 1 ? open(options, members[0]?.parent, links) : null;
    const toBatch = batch === null ? [] : [{ context: batch.spanContext() }];
    const spans = members.map(({ parent, attributes }) =>
      open({ ...options, attributes: { ...options.attributes, ...attributes } }, parent, toBatch),
    );
    return {
      traceparents: spans.map(toTraceparent),
      end(end: SpanEnd = {}, of: (index: number) => SpanEnd = () => ({})) {
        spans.forEach((span, index) => {
          const own = of(index);
          endSpan(span, { ...end, ...own, attributes: { ...end.attributes, ...own.attributes } });
        });
        if (batch !== null) endSpan(batch, end);
      },
    };
  }

  return {
    start,
    startBatch,
    shutdown: () =>
      withTimeout(provider.shutdown(), SHUTDOWN_MS).catch((error) =>
        report(error instanceof Error ? error.message : String(error)),
      ),
  };
}
