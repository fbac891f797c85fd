export { startTracing } from './start-tracing.js';
export { type BatchDescription, traceBatch } from './trace-batch.js';
export { isSampled, logFields, parseTraceparent } from './traceparent.js';
export type { BatchMember, SpanEnd, SpanStart, Tracing } from './tracing.js';
