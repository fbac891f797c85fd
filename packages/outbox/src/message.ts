import type { MessageStatus } from './lifecycle.js';

export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [key: string]: Json | undefined };

/** A message as the business transaction writes it. */
export interface NewMessage {
  /** A uuid, best of version 7: the consumer recognises a message that comes twice by it. */
  readonly id: string;
  readonly topic: string;
  /** Messages of one key are published in the order in which they were written. */
  readonly key: string;
  readonly type: string;
  readonly payload: Json;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A row that this relay holds a lease on. */
export interface ClaimedMessage {
  readonly id: string;
  readonly seq: bigint;
  readonly topic: string;
  readonly key: string;
  readonly type: string;
  readonly status: Extract<MessageStatus, 'PENDING' | 'PUBLISHED'>;
  /** JSON text. */
  readonly payload: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Times published so far. */
  readonly attempts: number;
  /** Publish failures since the last acknowledgement, outages not counted. */
  readonly failures: number;
  readonly createdAt: Date;
}

/**
 * An entry of `history`. First publication and completion have columns of their own; here stands
 * what a person asks about later.
 */
export type HistoryEvent =
  | 'republished'
  | 'publish-failed'
  | 'died'
  | 'late-result'
  | 'requeued'
  | 'discarded';
