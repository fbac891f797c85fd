import type { SpanEnd, Tracing } from '@lmt/tracing';
import type { OrderMessage } from './decode-message.js';
import type { ProcessedBatch } from './process-orders.js';

/** Where the messages come from. */
export interface MessageSource {
  readonly system: 'kafka' | 'http';
  readonly topic: string;
  readonly group: string;
}

type Process = (messages: readonly OrderMessage[]) => Promise<ProcessedBatch>;

/** Returns the end of each message's span. Of the copies in a batch, only the first takes effect. */
function describeOutcomes(
  messages: readonly OrderMessage[],
  { applied, conflicts }: ProcessedBatch,
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

/**
 * Records the span of each message's transaction in the message's trace. `process` gets the
 * messages with the trace context of their span, for log lines and results. A redelivery adds
 * another span.
 */
export function traceProcessing(
  tracing: Tracing,
  { system, topic, group }: MessageSource,
  process: Process,
): Process {
  return async (messages) => {
    const attributes = {
      'messaging.system': system,
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'messaging.destination.name': topic,
      'messaging.consumer.group.name': group,
      'messaging.batch.message_count': messages.length,
    };
    const batch = tracing.startBatch(
      { name: `process ${topic}`, kind: 'consumer', attributes },
      messages.map(({ id, key, type, traceparent }) => ({
        parent: traceparent,
        attributes: { 'messaging.message.id': id, 'messaging.kafka.message.key': key, 'message.type': type },
      })),
    );
    try {
      const traced = messages.map((message, index) => ({
        ...message,
        traceparent: batch.traceparents[index],
      }));
      const processed = await process(traced);
      const outcomes = describeOutcomes(traced, processed);
      batch.end({}, (index) => outcomes[index] ?? {});
      return processed;
    } catch (error) {
      batch.end({ error: error instanceof Error ? error.message.slice(-200) : String(error) });
      throw error;
    }
  };
}
