/** The logger methods that this package calls. A pino logger fits. */
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
  /** Partition key and CloudEvents subject. Messages of one key keep their order. */
  readonly key: string;
  /** CloudEvents type, such as `order.placed.v1`. */
  readonly type: string;
  /** When the message was written. */
  readonly time: Date;
  /** The payload as JSON text. */
  readonly body: string;
  /** Additional headers, such as `traceparent`. */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * The outcome of one message of a `publish` call.
 * - `acknowledged`: stored by every in-sync replica (Kafka) or processed (direct).
 * - `rejected`: certainly can never be published, so a retry is useless.
 * - `failed`: not confirmed; the message may or may not have arrived. Retry later.
 * - `unavailable`: cannot be stored now, and the message is not the cause. The whole broker, or
 *   only the message's partition or topic, is unavailable.
 */
export type PublishOutcome =
  | {
      readonly status: 'acknowledged';
      /** Where a consumer finds the message, such as `order-events/3@17`. Kafka only. */
      readonly position?: string;
    }
  | { readonly status: 'rejected' | 'failed'; readonly reason: string }
  | {
      readonly status: 'unavailable';
      readonly reason: string;
      /** True if the broker accepts messages for other partitions or topics. */
      readonly destinationOnly?: boolean;
    };

/** Publishes messages over Kafka or direct HTTP. Overlapping `publish` calls run one at a time. */
export interface Publisher {
  /** Names of the topics to which this publisher can write, or null if it accepts any topic. */
  readonly topics: readonly string[] | null;
  /**
   * Returns one outcome per message, in the order given. Does not throw when the broker fails. Messages
   * of one topic and key are sent in the order given. After one that is `failed` or `unavailable`, the
   * later ones are not sent.
   */
  publish(messages: readonly OutboundMessage[]): Promise<PublishOutcome[]>;
  /** Resolves when the broker answers and the topics exist; rejects with the reason otherwise. */
  probe(): Promise<void>;
  /** Waits for the call in flight, within the time-out, and disconnects. */
  close(): Promise<void>;
}

/** A received message. Its fields are not validated. */
export interface InboundMessage {
  /** CloudEvents id, or null if the header is missing. */
  readonly id: string | null;
  /** CloudEvents type, or null if the header is missing. */
  readonly type: string | null;
  readonly key: string | null;
  /** The body as text, not necessarily JSON. */
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Origin of the message for logs, such as `order-events/3@17` or `direct`. */
  readonly position: string;
}

/** A message that the consumer can neither process nor answer with a result. */
export interface DeadLetter {
  readonly message: InboundMessage;
  readonly reason: string;
}

/**
 * Processes a batch and returns its dead letters. The effect must be committed before the handler
 * resolves, because the batch is then acknowledged. If the handler rejects, nothing is acknowledged
 * and the batch is redelivered.
 */
export type MessageHandler = (messages: readonly InboundMessage[]) => Promise<readonly DeadLetter[]>;

/** A running consumer. */
export interface Subscription {
  /** Returns null while messages can arrive, otherwise the reason, such as a disconnect. */
  notReadyReason(): string | null;
  /** Number of dead letters that are in memory until the dead-letter topic stores them. */
  heldDeadLetters(): number;
  /**
   * Reads the number of records that the consumers have not committed, by partition. Resolves to
   * null if the broker does not answer.
   */
  readLag(): Promise<ReadonlyMap<number, number> | null>;
  /** Stops fetching, finishes the batches in flight within the time-out, and leaves the group. */
  close(): Promise<void>;
}
