import type { MessageStatus } from './lifecycle.js';

export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [key: string]: Json | undefined };

/** A message as the business transaction enqueues it. */
export interface NewMessage {
  /** A uuid, preferably of version 7. The consumer recognises redeliveries by it. */
  readonly id: string;
  readonly topic: string;
  /** Messages of one key are published in the order in which they were written. */
  readonly key: string;
  readonly type: string;
  readonly payload: Json;
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * The message is published at the first tick of the relay's cron after this time. Later messages
   * of the key wait too. Default: published at once.
   */
  readonly availableAt?: Date;
}

/** A message that this relay has leased. */
export interface ClaimedMessage {
  readonly id: string;
  readonly seq: bigint;
  readonly topic: string;
  readonly key: string;
  readonly type: string;
  readonly status: Extract<MessageStatus, 'PENDING' | 'PUBLISHED'>;
  /** As JSON text. */
  readonly payload: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Number of publications so far. */
  readonly attempts: number;
  /** Failures to publish since the last acknowledgement, not counting outages. */
  readonly failures: number;
  readonly createdAt: Date;
  /** When this relay leased it, on the database's clock. */
  readonly claimedAt: Date;
}
