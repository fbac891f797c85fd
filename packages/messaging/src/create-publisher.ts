import { failPoint } from '@lmt/resilience';
import { createCallQueue } from './call-queue.js';
import type { OutboundMessage, Publisher, PublishOutcome } from './port.js';

export interface Transport {
  readonly timeoutMs: number;
  /** Returns one outcome per message, in the order given. Calls do not overlap. */
  send(messages: readonly OutboundMessage[]): Promise<PublishOutcome[]>;
  probe(): Promise<void>;
  disconnect(): void | Promise<void>;
}

/** The part of a publisher that every transport shares. */
export function createPublisher({ timeoutMs, send, probe, disconnect }: Transport): Publisher {
  const calls = createCallQueue();

  async function publish(messages: readonly OutboundMessage[]): Promise<PublishOutcome[]> {
    if (messages.length === 0) return [];
    try {
      await failPoint('relay.beforePublish');
      const outcomes = await send(messages);
      await failPoint('relay.publishReplyLost');
      return outcomes;
    } catch (error) {
      return messages.map(() => ({ status: 'unavailable', reason: String(error) }));
    }
  }

  return {
    publish: (messages) => calls.run(() => publish(messages)),
    probe,
    async close() {
      await calls.drain(timeoutMs);
      await disconnect();
    },
  };
}
