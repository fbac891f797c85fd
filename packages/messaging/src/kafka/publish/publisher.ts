import { writeEventHeaders } from '../../cloud-event.js';
import { createPublisher } from '../../create-publisher.js';
import type { Logger, OutboundMessage, Publisher, PublishOutcome } from '../../port.js';
import { classifyError } from '../classify-error.js';
import { probeTopics, type TopicSpec } from '../topics/ensure-topics.js';
import { createConfirmedSender } from './confirmed-sender.js';
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

/** Connects at the first call, and again after an outage. */
export function createKafkaPublisher(options: KafkaPublisherOptions): Publisher {
  const { brokers, clientId, source, topics, publishTimeoutMs: timeoutMs, logger } = options;
  const sender = createConfirmedSender({ brokers, clientId, topics, timeoutMs, logger });

  async function send(messages: readonly OutboundMessage[]): Promise<PublishOutcome[]> {
    const outcomes = new Map<OutboundMessage, PublishOutcome>();
    const records = new Map<OutboundMessage, OutboundRecord>();
    for (const message of messages) {
      try {
        records.set(message, toRecord(message, source));
      } catch (error) {
        outcomes.set(message, { status: 'rejected', reason: `cannot be written as an event: ${error}` });
      }
    }
    const sent = await sender.send([...records.values()]);
    [...records.keys()].forEach((message, index) => {
      const outcome = sent[index];
      if (outcome !== undefined) outcomes.set(message, outcome);
    });
    return messages.map((message) => outcomes.get(message) ?? { status: 'unavailable', reason: 'not sent' });
  }

  async function probe(): Promise<void> {
    try {
      await probeTopics({ brokers, clientId: `${clientId}-probe`, topics, timeoutMs, logger });
    } catch (error) {
      throw new Error(`Kafka at ${brokers.join(', ')}: ${classifyError(error).reason}`, { cause: error });
    }
  }

  return createPublisher({ timeoutMs, send, probe, disconnect: sender.close });
}

function toRecord(message: OutboundMessage, source: string): OutboundRecord {
  return {
    topic: message.topic,
    message: { key: message.key, value: message.body, headers: writeEventHeaders(message, source) },
  };
}
