import { writeEventHeaders } from '../cloud-event.js';
import type { Logger } from '../logger.js';
import { oneAtATime } from '../one-at-a-time.js';
import type { OutboundMessage, Publisher, PublishOutcome } from '../port.js';
import { classifyError } from './classify-error.js';
import { createConfirmedSender } from './confirmed-sender.js';
import type { TopicSpec } from './ensure-topics.js';
import { ensureTopicsOnce } from './ensure-topics-once.js';
import type { OutboundRecord } from './outbound-record.js';

export interface KafkaPublisherOptions {
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** CloudEvents source, a URI reference such as `/services/order`. */
  readonly source: string;
  /** Created if they are missing. */
  readonly topics: readonly TopicSpec[];
  /** Bounds a call of `publish`, connecting included. */
  readonly publishTimeoutMs: number;
  readonly logger: Logger;
}

/** Connects at the first call, and anew after an outage. Calls that overlap wait for each other. */
export function createKafkaPublisher(options: KafkaPublisherOptions): Publisher {
  const { brokers, clientId, source, topics, publishTimeoutMs, logger } = options;
  const sender = createConfirmedSender({ brokers, clientId, topics, timeoutMs: publishTimeoutMs, logger });
  const calls = oneAtATime();

  const publish = async (messages: readonly OutboundMessage[]): Promise<PublishOutcome[]> => {
    if (messages.length === 0) return [];
    const rejected = new Map<number, PublishOutcome>();
    const records = messages.flatMap((message, index): OutboundRecord[] => {
      try {
        return [toRecord(message, source)];
      } catch (error) {
        rejected.set(index, { status: 'rejected', reason: `can't be written as an event: ${error}` });
        return [];
      }
    });
    const outcomes = await sender.send(records);
    const missing: PublishOutcome = { status: 'unavailable', reason: 'not sent' };
    return messages.map((_, index) => rejected.get(index) ?? outcomes.shift() ?? missing);
  };

  return {
    publish: (messages) => calls.run(() => publish(messages)),
    async probe() {
      try {
        await ensureTopicsOnce({
          brokers,
          clientId: `${clientId}-probe`,
          topics,
          timeoutMs: publishTimeoutMs,
          logger,
        });
      } catch (error) {
        throw new Error(`Kafka at ${brokers.join(', ')}: ${classifyError(error).reason}`, { cause: error });
      }
    },
    async close() {
      await calls.settled(publishTimeoutMs);
      sender.close();
    },
  };
}

function toRecord(message: OutboundMessage, source: string): OutboundRecord {
  return {
    topic: message.topic,
    message: { key: message.key, value: message.body, headers: writeEventHeaders(message, source) },
  };
}
