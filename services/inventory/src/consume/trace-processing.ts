import type { Tracing } from '@lmt/tracing';
import type { OrderMessage } from './decode-message.js';
import type { ProcessedBatch } from './process-orders.js';

/** Where the messages come from. */
export interface MessageSource {
  readonly system: 'kafka' | 'http';
  readonly topic: string;
  readonly group: string;
}

type Process = (messages: readonly OrderMessage[]) => Promise<ProcessedBatch>;

function describeOutcomes({ applied, conflicts }: ProcessedBatch): Map<string, object> {
  return new Map([
    ...applied.map(({ message, result, fresh }): [string, object] => [
      message.id,
      { attributes: { 'message.outcome': result.outcome, 'message.duplicate': !fresh } },
    ]),
    ...conflicts.map(({ message }): [string, object] => [message.id, { error: 'message id already used' }]),
  ]);
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
      const processed = await process(
        messages.map((message, index) => ({ ...message, traceparent: batch.traceparents[index] })),
      );
      const outcomes = describeOutcomes(processed);
      batch.end({}, (index) => outcomes.get(messages[index]?.id ?? '') ?? {});
      return processed;
    } catch (error) {
      batch.end({ error: error instanceof Error ? error.message.slice(-200) : String(error) });
      throw error;
    }
  };
}
