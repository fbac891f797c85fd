import type { Message } from 'kafkajs';

/** A record on its way out. */
export interface OutboundRecord {
  readonly topic: string;
  readonly message: Message & { readonly key: string | Buffer | null };
}
