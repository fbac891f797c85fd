import type { KafkaMessage } from 'kafkajs';
import { readEventHeaders } from '../cloud-event.js';
import type { InboundMessage } from '../port.js';

/** Never throws: what a foreign producer wrote is the handler's to judge. */
export function toInboundMessage(topic: string, partition: number, record: KafkaMessage): InboundMessage {
  return {
    ...readEventHeaders(record.headers),
    key: record.key === null ? null : record.key.toString('utf8'),
    body: record.value === null ? '' : record.value.toString('utf8'),
    position: `${topic}/${partition}@${record.offset}`,
  };
}
