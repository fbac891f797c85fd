/** A message on its way out. One call of `publish` may carry many, of many keys. */
export interface OutboundMessage {
  /** Message id (uuid); becomes the CloudEvents id. */
  readonly id: string;
  readonly topic: string;
  /** Messages of one key keep their order; becomes the partition key and the CloudEvents subject. */
  readonly key: string;
  /** CloudEvents type, such as `order.placed.v1`. */
  readonly type: string;
  /** When it was written. */
  readonly time: Date;
  /** The payload as JSON text. */
  readonly body: string;
  /** Further headers, such as `traceparent`. */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * What became of one message of a `publish` call.
 * - `acknowledged`: stored by every in-sync replica (Kafka) or in effect (direct).
 * - `rejected`: can never be published as it is; retrying is useless.
 * - `failed`: this message was not confirmed; it may or may not have arrived. Retry later.
 * - `unavailable`: the broker can't be reached; says nothing about the message.
 */
export type PublishOutcome =
  | { readonly status: 'acknowledged' }
  | { readonly status: 'rejected' | 'failed' | 'unavailable'; readonly reason: string };

/** The broker as a producer sees it. Calls of `publish` must not overlap. */
export interface Publisher {
  /** Never throws for a broker's failure: one outcome a message, in the order given. */
  publish(messages: readonly OutboundMessage[]): Promise<PublishOutcome[]>;
  /** Resolves when the broker answers and the topics exist; rejects with the reason otherwise. */
  probe(): Promise<void>;
  /** Finishes the call under way, within the deadline, and disconnects. */
  close(): Promise<void>;
}

/** A message as it came in; nothing of it is trusted yet. */
export interface InboundMessage {
  /** CloudEvents id, or null if the header is missing. */
  readonly id: string | null;
  /** CloudEvents type, or null if the header is missing. */
  readonly type: string | null;
  readonly key: string | null;
  /** The body as text; whether it is JSON is the receiver's to find out. */
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Where it came from, for logs: `order-events/3@17`, or `direct`. */
  readonly position: string;
}

/** A message that the receiver can't process at all and for which no result can be sent. */
export interface DeadLetter {
  readonly message: InboundMessage;
  readonly reason: string;
}

/**
 * Processes a batch and returns what it could not process at all.
 * When it resolves, the batch is acknowledged: its effect must be committed by then.
 * When it rejects, nothing is acknowledged and the batch comes again.
 */
export type MessageHandler = (messages: readonly InboundMessage[]) => Promise<readonly DeadLetter[]>;

/** A running consumer. */
export interface Subscription {
  /** Null while messages can arrive; otherwise why they can't (not in its group yet, disconnected). */
  notReadyBecause(): string | null;
  /** Stops fetching, finishes the batch under way within the deadline, and leaves the group. */
  close(): Promise<void>;
}
