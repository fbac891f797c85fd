import type { Tracing } from './tracing.js';

export interface TracingOptions {
  /** URL of an OTLP receiver, such as `http://127.0.0.1:4318`. Undefined: no traces. */
  readonly endpoint: string | undefined;
  /** `service.name`, unless OTEL_SERVICE_NAME gives another one. */
  readonly service: string;
  /** Called with the reason when spans cannot be exported. */
  readonly onProblem: (reason: string) => void;
}

/**
 * Starts tracing, or resolves with null without an endpoint. OpenTelemetry is then not loaded.
 *
 * It reads the other OTEL_ settings from the environment itself, such as OTEL_EXPORTER_OTLP_HEADERS
 * and OTEL_RESOURCE_ATTRIBUTES.
 */
export async function startTracing(options: TracingOptions): Promise<Tracing | null> {
  if (options.endpoint === undefined) return null;
  const { createOtlpTracing } = await import('./otlp-tracing.js');
  return createOtlpTracing(options);
}
