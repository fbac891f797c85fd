import type { BatchDescription, SpanEnd } from '@lmt/tracing';
import type { OrderMessage } from './decode-message.js';
import type { ProcessedBatch } from './process-orders.js';

/** Where the messages come from. */
export interface MessageSource {
  readonly system: 'kafka' | 'http';
  readonly topic: string;
  readonly group: string;
}

/** Returns the end of each message's span. Of the copies in a batch, only the first takes effect. */
function describeOutcomes(
  { applied, conflicts }: ProcessedBatch,
  messages: readonly OrderMessage[],
): readonly SpanEnd[] {
  const outcomes = new Map(applied.map((one) => [one.message.id, one]));
  const conflicting = new Set(conflicts.map(({ message }) => message));
  const seen = new Set<string>();
  return messages.map((message) => {
    if (conflicting.has(message)) return { error: 'message id already used' };
    const outcome = outcomes.get(message.id);
    if (outcome === undefined) return {};
    const isCopy = seen.has(message.id) || !outcome.fresh;
    seen.add(message.id);
    return { attributes: { 'message.outcome': outcome.result.outcome, 'message.duplicate': isCopy } };
  });
}

/** The span of each message's transaction, in the message's trace. A redelivery adds another span. */
export function processingSpan({
  system,
  topic,
  group,
}: MessageSource): BatchDescription<OrderMessage, ProcessedBatch> {
  return {
    describeBatch: (messages) => ({
      name: `process ${topic}`,
      kind: 'consumer',
      attributes: {
        'messaging.system': system,
        'messaging.operation.name': 'process',
        'messaging.operation.type': 'process',
        'messaging.destination.name': topic,
        'messaging.consumer.group.name': group,
        'messaging.batch.message_count': messages.length,
      },
    }),
    describeItem: ({ id, key, type }) => ({
      'messaging.message.id': id,
      'messaging.kafka.message.key': key,
      'message.type': type,
    }),
    describeResult(processed, messages) {
      const outcomes = describeOutcomes(processed, messages);
      return (index) => outcomes[index] ?? {};
    },
  };
}
