import { oneAtATime } from '../one-at-a-time.js';
import type { PublishOutcome } from '../port.js';
import { createConfirmedSender } from './confirmed-sender.js';
import { type DeadRecord, deadLetterRecord, shortened } from './dead-letter-record.js';
import type { OutboundRecord } from './outbound-record.js';
import type { ProducerOptions } from './producer-connection.js';

/** Where records go that can't be processed. Calls may overlap; they wait for each other. */
export interface DeadLetterQueue {
  park(dead: readonly DeadRecord[]): Promise<void>;
  close(): void;
}

/**
 * Resolves when the broker has confirmed them all: only then may the offset be committed. A crash
 * between the two parks them twice, at the same dlq_offset.
 */
export function createDeadLetterQueue(topic: string, options: ProducerOptions): DeadLetterQueue {
  const sender = createConfirmedSender(options);
  const calls = oneAtATime();

  const send = async (records: readonly OutboundRecord[]): Promise<OutboundRecord[]> => {
    const outcomes = await sender.send(records);
    const rest = outcomes.find(({ status }) => status === 'failed' || status === 'unavailable');
    if (rest !== undefined) throw new Error(`could not park dead letters: ${reasonOf(rest)}`);
    return records.filter((_, index) => outcomes[index]?.status === 'rejected');
  };

  const park = async (dead: readonly DeadRecord[]) => {
    const tooLarge = await send(dead.map((one) => deadLetterRecord(one, topic)));
    const refused = tooLarge.length === 0 ? [] : await send(tooLarge.map(shortened));
    if (refused.length > 0) throw new Error(`${refused.length} dead letters can't be parked`);
    for (const { topic: from, partition, record, reason } of dead) {
      options.logger.warn(
        { position: `${from}/${partition}@${record.offset}`, reason },
        'dead letter parked',
      );
    }
  };

  return {
    async park(dead) {
      if (dead.length > 0) await calls.run(() => park(dead));
    },
    close: sender.close,
  };
}

const reasonOf = (outcome: PublishOutcome) => ('reason' in outcome ? outcome.reason : '');
