import type { BatchReport, PublishedMessage } from '@lmt/outbox';
import type { BatchMember, SpanEnd, SpanStart, Tracing } from '@lmt/tracing';
import { describe, expect, it } from 'vitest';
import { tracePublications } from './trace-publications.js';

type Claimed = PublishedMessage['message'];

const SAMPLED = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
const UNSAMPLED = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-00`;
const claimedAt = new Date(1_000);
const answeredAt = new Date(2_000);

function aMessage(headers: unknown, attempts = 0): Claimed {
  return {
    id: 'message-1',
    seq: 1n,
    topic: 'order-events',
    key: 'order-1',
    type: 'order.placed.v1',
    status: 'PENDING',
    payload: '{}',
    // A jsonb column may contain any JSON.
    headers: headers as Claimed['headers'],
    attempts,
    failures: 0,
    createdAt: new Date(0),
    claimedAt,
  };
}

const publish = (message: Claimed) => ({
  message,
  attempt: message.attempts + 1,
  position: 'order-events/3@17',
  nextAttemptInMs: 10_000,
});

function record(fields: Partial<BatchReport>) {
  const batches: { start: SpanStart; members: readonly BatchMember[]; ends: SpanEnd[] }[] = [];
  const tracing: Pick<Tracing, 'startBatch'> = {
    startBatch: (start, members) => ({
      traceparents: members.map(({ parent }) => parent),
      end(end = {}, of = () => ({})) {
        batches.push({ start, members, ends: members.map((_, index) => ({ ...end, ...of(index) })) });
      },
    }),
  };
  const report = {
    ...{ claimed: 1, answeredAt, published: [], failed: [], blocked: [], dead: [] },
    ...{ unavailable: null, mayLeaveDue: false, staleWrites: 0 },
    ...fields,
  };
  const trace = tracePublications(tracing as Tracing, { BROKER: 'kafka', KAFKA_TOPIC_PREFIX: 'test.' });
  return { batches, traceparents: trace(report) };
}

describe('the spans of publications', () => {
  it('last from the claim to the answer of the broker, with the attempt and the position', () => {
    const { batches, traceparents } = record({ published: [publish(aMessage({ traceparent: SAMPLED }, 1))] });
    const [batch] = batches;
    expect(batch?.start).toMatchObject({ name: 'send test.order-events', startedAt: claimedAt });
    expect(batch?.members).toMatchObject([{ parent: SAMPLED, attributes: { 'message.attempt': 2 } }]);
    const place = { 'messaging.destination.partition.id': '3', 'messaging.kafka.offset': 17 };
    expect(batch?.ends).toEqual([{ endedAt: answeredAt, attributes: place }]);
    expect(traceparents).toEqual(new Map([['message-1', SAMPLED]]));
  });

  it('fail with the reason of the broker', () => {
    const message = aMessage({ traceparent: SAMPLED });
    const { batches } = record({ failed: [{ message, reason: 'timed out', nextAttemptInMs: 1 }] });
    expect(batches[0]?.ends).toEqual([{ endedAt: answeredAt, error: 'timed out' }]);
  });

  it.each([null, [], {}, 'text', { traceparent: 7 }, { traceparent: 'text' }, { traceparent: UNSAMPLED }])(
    'are missing for a message with the headers %j',
    (headers) => {
      expect(
        record({ dead: [{ message: aMessage(headers), reason: 'its headers are wrong' }] }).batches,
      ).toEqual([]);
    },
  );
});
