export { startTracing, type TracingOptions } from './start-tracing.js';
export { type BatchDescription, traceBatch } from './trace-batch.js';
export { isSampled, logFields, parseTraceparent } from './traceparent.js';
export type { BatchMember, BatchSpan, Span, SpanEnd, SpanKind, SpanStart, Tracing } from './tracing.js';
