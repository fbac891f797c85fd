import type { BatchReport, PublishedMessage } from '@lmt/outbox';
import { isSampled, type SpanEnd, type Tracing } from '@lmt/tracing';
import type { Config } from './config.js';

interface Publication {
  readonly message: PublishedMessage['message'];
  readonly traceparent: string;
  readonly end: SpanEnd;
}

const POSITION = /\/(\d+)@(\d+)$/;

/** @param position `topic/partition@offset`, of Kafka only */
function toPlace(position = '') {
  const [, partition, offset] = POSITION.exec(position) ?? [];
  if (partition === undefined) return {};
  return { 'messaging.destination.partition.id': partition, 'messaging.kafka.offset': Number(offset) };
}

const toSuccess = ({ position }: PublishedMessage): SpanEnd => ({ attributes: toPlace(position) });

const toFailure = ({ reason }: BatchReport['dead'][number]): SpanEnd => ({ error: reason });

/** Reads the trace context of a message. Its headers come from a jsonb column and may be anything. */
function readTraceparent({ headers }: PublishedMessage['message']): string | undefined {
  const { traceparent } = (headers ?? {}) as { readonly traceparent?: unknown };
  return typeof traceparent === 'string' ? traceparent : undefined;
}

/** Selects the messages whose traces are recorded. At full load that is a small part. */
function selectRecorded<One extends Pick<PublishedMessage, 'message'>>(
  outcomes: readonly One[],
  toEnd: (one: One) => SpanEnd,
): Publication[] {
  return outcomes.flatMap((one) => {
    const traceparent = readTraceparent(one.message);
    return isSampled(traceparent) ? [{ message: one.message, traceparent, end: toEnd(one) }] : [];
  });
}

const toMember = ({ message, traceparent }: Publication) => ({
  parent: traceparent,
  attributes: {
    'messaging.message.id': message.id,
    'messaging.kafka.message.key': message.key,
    'message.type': message.type,
    'message.attempt': message.attempts + 1,
  },
});

/**
 * Returns a function that records the span of each publication in the trace of its message, from
 * the claim to the broker's answer. A republication adds another span to the same trace. The
 * function returns the trace context of each span by message id.
 *
 * Names and attributes: https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/
 */
export function tracePublications(
  tracing: Tracing,
  { BROKER, KAFKA_TOPIC_PREFIX }: Pick<Config, 'BROKER' | 'KAFKA_TOPIC_PREFIX'>,
): (report: BatchReport) => ReadonlyMap<string, string> {
  return ({ claimed, answeredAt, published, failed, blocked, dead }) => {
    const publications = [
      ...selectRecorded(published, toSuccess),
      ...selectRecorded([...failed, ...blocked, ...dead], toFailure),
    ];
    const [first] = publications;
    if (first === undefined) return new Map();
    const topic = BROKER === 'kafka' ? KAFKA_TOPIC_PREFIX + first.message.topic : first.message.topic;
    const attributes = {
      'messaging.system': BROKER === 'kafka' ? 'kafka' : 'http',
      'messaging.operation.name': 'send',
      'messaging.operation.type': 'send',
      'messaging.destination.name': topic,
      'messaging.batch.message_count': claimed,
    };
    const { claimedAt: startedAt } = first.message;
    const batch = tracing.startBatch(
      { name: `send ${topic}`, kind: 'producer', startedAt, attributes },
      publications.map(toMember),
    );
    batch.end({ endedAt: answeredAt }, (index) => publications[index]?.end ?? {});
    return new Map(batch.traceparents.map((own, index) => [publications[index]?.message.id ?? '', own]));
  };
}
