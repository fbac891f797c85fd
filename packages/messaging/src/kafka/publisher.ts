import { writeEventHeaders } from '../cloud-event.js';
import { withDeadline } from '../deadline.js';
import type { Logger } from '../logger.js';
import type { OutboundMessage, Publisher, PublishOutcome } from '../port.js';
import { classifyError } from './classify-error.js';
import { createKafkaClient } from './client.js';
import { createConfirmedSender, type OutboundRecord } from './confirmed-sender.js';
import { ensureTopics, type TopicSpec } from './ensure-topics.js';

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
  let underWay: Promise<unknown> = Promise.resolve();
  let outage = false;

  const note = (outcomes: readonly PublishOutcome[]) => {
    const away = outcomes.find((outcome) => outcome.status === 'unavailable');
    if (away !== undefined && !outage) {
      logger.warn({ brokers, reason: reasonOf(away) }, 'Kafka is unavailable; messages wait in the table');
    } else if (away === undefined && outage) {
      logger.info({ brokers }, 'Kafka is available again');
    }
    outage = away !== undefined;
  };

  const publish = async (messages: readonly OutboundMessage[]): Promise<PublishOutcome[]> => {
    if (messages.length === 0) return [];
    const outcomes = await sender.send(messages.map((message) => toRecord(message, source)));
    note(outcomes);
    return outcomes;
  };

  return {
    publish(messages) {
      const call = underWay.then(() => publish(messages));
      underWay = call.catch(() => undefined);
      return call;
    },
    async probe() {
      const retry = { retries: brokers.length, initialRetryTime: 50, maxRetryTime: 200 };
      const client = createKafkaClient({
        brokers,
        clientId: `${clientId}-probe`,
        retry,
        requestTimeoutMs: publishTimeoutMs,
        logger,
        quiet: true,
      });
      try {
        await ensureTopics(client.kafka, topics, publishTimeoutMs, logger);
      } catch (error) {
        throw new Error(`Kafka at ${brokers.join(', ')}: ${classifyError(error).reason}`, { cause: error });
      } finally {
        client.destroy();
      }
    },
    async close() {
      await withDeadline(underWay, publishTimeoutMs).catch(() => undefined);
      sender.close();
    },
  };
}

const reasonOf = (outcome: PublishOutcome) => ('reason' in outcome ? outcome.reason : '');

function toRecord(message: OutboundMessage, source: string): OutboundRecord {
  return {
    topic: message.topic,
    message: { key: message.key, value: message.body, headers: writeEventHeaders(message, source) },
  };
}
