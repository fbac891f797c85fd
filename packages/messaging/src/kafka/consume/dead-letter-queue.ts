import { createCallQueue } from '../../call-queue.js';
import { createConfirmedSender } from '../publish/confirmed-sender.js';
import type { OutboundRecord } from '../publish/outbound-record.js';
import type { ProducerOptions } from '../publish/producer-connection.js';
import { type DeadRecord, shorten, toDeadLetterRecord } from './dead-letter-record.js';

/** The topic for records that cannot be processed. Calls that overlap wait for each other. */
export interface DeadLetterQueue {
  park(dead: readonly DeadRecord[]): Promise<void>;
  close(): void;
}

/**
 * Resolves when the broker has confirmed all of them; only then may the offset be committed. A
 * crash between the two parks them twice, with the same dlq_offset.
 */
export function createDeadLetterQueue(topic: string, options: ProducerOptions): DeadLetterQueue {
  const sender = createConfirmedSender(options);
  const calls = createCallQueue();

  /** Returns the records that the broker rejected. */
  async function send(records: readonly OutboundRecord[]): Promise<OutboundRecord[]> {
    const outcomes = await sender.send(records);
    for (const outcome of outcomes) {
      if (outcome.status === 'failed' || outcome.status === 'unavailable') {
        throw new Error(`could not park dead letters: ${outcome.reason}`);
      }
    }
    return records.filter((_, index) => outcomes[index]?.status === 'rejected');
  }

  async function park(dead: readonly DeadRecord[]): Promise<void> {
    const tooLarge = await send(dead.map((record) => toDeadLetterRecord(record, topic)));
    const rejected = tooLarge.length === 0 ? [] : await send(tooLarge.map(shorten));
    if (rejected.length > 0) throw new Error(`Kafka rejects ${rejected.length} dead letters`);
    for (const { topic: from, partition, record, reason } of dead) {
      options.logger.warn(
        { position: `${from}/${partition}@${record.offset}`, reason },
        'dead letter parked',
      );
    }
  }

  return {
    async park(dead) {
      if (dead.length > 0) await calls.run(() => park(dead));
    },
    close: sender.close,
  };
}
