import { createRejectionRun, failPoint, withTimeout } from '@lmt/resilience';
import type { OutboundMessage, Publisher, PublishOutcome } from './port.js';

export interface Transport<T> {
  readonly topics: readonly string[] | null;
  readonly timeoutMs: number;
  /** @throws if the message can never be sent as it is */
  encode(message: OutboundMessage): T;
  /** Returns one outcome per encoded message, in the order given. Calls do not overlap. */
  send(encoded: readonly T[]): Promise<readonly PublishOutcome[]>;
  probe(): Promise<void>;
  disconnect(): void | Promise<void>;
}

/**
 * Creates a publisher that encodes messages, sends one call at a time and never throws. A long run
 * of rejections shows that the configuration is at fault, so rejected messages become `unavailable`
 * until a message is acknowledged.
 */
export function createPublisher<T>(transport: Transport<T>): Publisher {
  const run = createRejectionRun();
  let last: Promise<unknown> = Promise.resolve();

  async function publish(messages: readonly OutboundMessage[]): Promise<PublishOutcome[]> {
    const outcomes: (PublishOutcome | undefined)[] = Array(messages.length);
    const encoded = new Map<number, T>();
    messages.forEach((message, index) => {
      try {
        encoded.set(index, transport.encode(message));
      } catch (error) {
        outcomes[index] = { status: 'rejected', reason: `cannot be written as an event: ${error}` };
      }
    });
    let reason = 'not sent';
    try {
      await failPoint('relay.beforePublish');
      const sent = await transport.send([...encoded.values()]);
      await failPoint('relay.publishReplyLost');
      const credible = withoutLongRun(sent);
      [...encoded.keys()].forEach((index, at) => {
        outcomes[index] = credible[at];
      });
    } catch (error) {
      reason = String(error);
    }
    return Array.from(outcomes, (outcome) => outcome ?? { status: 'unavailable', reason });
  }

  function withoutLongRun(sent: readonly PublishOutcome[]): readonly PublishOutcome[] {
    const rejected = sent.filter(({ status }) => status === 'rejected').length;
    const succeeded = sent.some(({ status }) => status === 'acknowledged');
    if (run.isCredible({ rejected, succeeded })) return sent;
    return sent.map((outcome) =>
      outcome.status === 'rejected'
        ? {
            status: 'unavailable',
            destinationOnly: true,
            reason: `too many rejections in a row, so the messages are not at fault: ${outcome.reason}`,
          }
        : outcome,
    );
  }

  return {
    topics: transport.topics,
    async publish(messages) {
      if (messages.length === 0) return [];
      const outcomes = last.then(() => publish(messages));
      last = outcomes;
      return outcomes;
    },
    probe: transport.probe,
    async close() {
      await withTimeout(last, transport.timeoutMs).catch(() => undefined);
      await transport.disconnect();
    },
  };
}
