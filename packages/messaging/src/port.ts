/** The part of a logger that this package calls; pino's fits. */
export interface Logger {
  debug(details: object, message: string): void;
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

export interface OutboundMessage {
  /** Message id (uuid); becomes the CloudEvents id. */
  readonly id: string;
  readonly topic: string;
  /** Messages of one key keep their order. Becomes partition key and CloudEvents subject. */
  readonly key: string;
  /** CloudEvents type, such as `order.placed.v1`. */
  readonly type: string;
  /** When the message was written. */
  readonly time: Date;
  /** The payload as JSON text. */
  readonly body: string;
  /** Further headers, such as `traceparent`. */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * The outcome of one message of a `publish` call.
 * - `acknowledged`: stored by every in-sync replica (Kafka) or processed (direct).
 * - `rejected`: can never be published as it is; a retry is useless.
 * - `failed`: not confirmed; the message may or may not have arrived. Retry later.
 * - `unavailable`: the broker cannot be reached, whatever the message contains.
 */
export type PublishOutcome =
  | { readonly status: 'acknowledged' }
  | { readonly status: 'rejected' | 'failed' | 'unavailable'; readonly reason: string };

/** The producer's side of the broker. Calls of `publish` that overlap wait for each other. */
export interface Publisher {
  /** Returns one outcome per message, in the order given. Does not throw when the broker fails. */
  publish(messages: readonly OutboundMessage[]): Promise<PublishOutcome[]>;
  /** Resolves when the broker answers and the topics exist; rejects with the reason otherwise. */
  probe(): Promise<void>;
  /** Waits for the call in flight, within the time-out, and disconnects. */
  close(): Promise<void>;
}

/** A message as it was received. None of it has been validated. */
export interface InboundMessage {
  /** CloudEvents id, or null if the header is missing. */
  readonly id: string | null;
  /** CloudEvents type, or null if the header is missing. */
  readonly type: string | null;
  readonly key: string | null;
  /** The body as text, which need not be JSON. */
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The message's origin, for logs: `order-events/3@17`, or `direct`. */
  readonly position: string;
}

/** A message that the consumer cannot process and cannot answer with a result. */
export interface DeadLetter {
  readonly message: InboundMessage;
  readonly reason: string;
}

/**
 * Processes a batch and returns the messages that it cannot process at all. When the handler
 * resolves, the batch is acknowledged, so its effect must be committed by then. When it rejects,
 * nothing is acknowledged and the batch is redelivered.
 */
export type MessageHandler = (messages: readonly InboundMessage[]) => Promise<readonly DeadLetter[]>;

/** A running consumer. */
export interface Subscription {
  /** Null while messages can arrive; otherwise the reason, such as a disconnect. */
  notReadyReason(): string | null;
  /** Stops fetching, finishes the batches in flight within the time-out, and leaves the group. */
  close(): Promise<void>;
}
