// The W3C trace context, version 00: https://www.w3.org/TR/trace-context/
const TRACEPARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/;
const SAMPLED = 1;

export interface TraceParent {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceFlags: number;
}

/** Returns null if the text is missing or malformed. */
export function parseTraceparent(text: string | undefined): TraceParent | null {
  if (text === undefined) return null;
  const [, traceId, spanId, flags] = TRACEPARENT.exec(text) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return null;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) };
}

export const formatTraceparent = ({ traceId, spanId, traceFlags }: TraceParent): string =>
  `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;

/** Whether spans of this trace are recorded. */
export function isSampled(traceparent: string | undefined): traceparent is string {
  // A last digit of 0 has no sampled flag. Most messages under load have it.
  if (traceparent === undefined || traceparent.endsWith('0')) return false;
  return ((parseTraceparent(traceparent)?.traceFlags ?? 0) & SAMPLED) === SAMPLED;
}

/** Fields of a log line, with the names that OpenTelemetry gives them. */
export interface LogFields {
  readonly trace_id?: string;
  readonly span_id?: string;
}

/** Returns no fields for a trace that is not recorded. */
export function logFields(traceparent: string | undefined): LogFields {
  if (!isSampled(traceparent)) return {};
  const [, trace_id, span_id] = traceparent.split('-') as [string, string, string];
  return { trace_id, span_id };
}
