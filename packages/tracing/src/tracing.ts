export type SpanKind = 'server' | 'client' | 'producer' | 'consumer' | 'internal';
export type Attributes = Readonly<Record<string, string | number | boolean>>;

export interface SpanStart {
  readonly name: string;
  readonly kind: SpanKind;
  /** Default: now. */
  readonly startedAt?: Date | undefined;
  readonly attributes?: Attributes | undefined;
}

export interface SpanEnd {
  /** Replaces the name of the start. */
  readonly name?: string | undefined;
  /** Default: now. */
  readonly endedAt?: Date | undefined;
  readonly attributes?: Attributes | undefined;
  /** Marks the span as failed. */
  readonly error?: string | undefined;
}

export interface Span {
  /** W3C trace context with this span as the parent. Also set for a trace that is not recorded. */
  readonly traceparent: string;
  /** Whether its trace is recorded. The end of another span needs no attributes. */
  readonly isRecorded: boolean;
  end(end?: SpanEnd): void;
}

/** One of the messages that a batch joins. Its trace is recorded. */
export interface BatchMember {
  /** W3C trace context of its trace. */
  readonly parent: string;
  readonly attributes?: Attributes | undefined;
}

export interface BatchSpan {
  /** The trace context of each member's span, in the order given. */
  readonly traceparents: readonly string[];
  /** @param of replaces or adds fields for a member, by its index */
  end(end?: SpanEnd, of?: (index: number) => SpanEnd): void;
}

/**
 * Records spans. It is null in a process that does not trace, so callers write
 * `tracing?.start(...)`, which then costs nothing. No method throws.
 */
export interface Tracing {
  /** Starts a span below `parent`, or a new trace if that is missing or malformed. */
  start(span: SpanStart, parent?: string): Span;
  /**
   * Starts a span for each member, in the member's own trace. If there are several, one more span
   * in the trace of the first stands for the batch. It and the members' spans link to each other.
   */
  startBatch(span: SpanStart, members: readonly BatchMember[]): BatchSpan;
  /** Exports the waiting spans. Resolves within three seconds, even if no receiver accepts them. */
  shutdown(): Promise<void>;
}
