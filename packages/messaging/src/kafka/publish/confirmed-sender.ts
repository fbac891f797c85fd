import { setTimeout as sleep } from 'node:timers/promises';
import { TimeoutError, withTimeout } from '@lmt/resilience';
import { isolateOffenders, type SendRefusal } from '../../isolate-offenders.js';
import { createKeyOrder } from '../../keep-order.js';
import type { PublishOutcome } from '../../port.js';
import { splitIntoChunks } from '../../split-into-chunks.js';
import { classifyError } from '../classify-error.js';
import type { TopicOptions } from '../topics/ensure-topics.js';
import { type OutboundRecord, recordSize } from './outbound-record.js';
import { openProducer, type ProducerConnection } from './producer-connection.js';
import { createSuspects, toPlace } from './suspects.js';

/** Stays below the broker's limit per partition (message.max.bytes) for any spread of keys. */
const CHUNK_LIMIT = { bytes: 900_000, count: 10_000 };

/** Attempts to send a chunk whose partitions have moved. */
const MAX_ATTEMPTS = 4;

/** The broker closes the connection on a larger request (socket.request.max.bytes). */
const MAX_REQUEST_BYTES = 100_000_000;

/** Longest wait for a suspect partition. Bounds the delay of the next call. */
const SUSPECT_TIMEOUT_MS = 2_000;

const LIMIT = 'max.message.bytes of the topic or message.max.bytes of the broker';

/**
 * Sends records and reports for each whether the broker confirmed it. Calls must not overlap. The
 * time-out bounds the whole call. When it expires or a broker is unreachable, the connection is
 * cut, late answers are dropped and the next request reconnects. If the process dies during a call,
 * the broker may have stored records that are not marked as published. The relay republishes them.
 *
 * If a partition or topic accepts no records, only its records are `unavailable` and all others are
 * sent. Suspect partitions, which failed lately, get their own request at the end of the call.
 */
export function createConfirmedSender(options: TopicOptions, open = openProducer) {
  const topics = new Set(options.topics.map(({ topic }) => topic));
  const suspects = createSuspects();
  let connection: ProducerConnection | null = null;
  let closed = false;

  const disconnect = () => {
    connection?.destroy();
    connection = null;
  };

  const connect = async (): Promise<ProducerConnection> => {
    if (connection !== null) return connection;
    if (closed) throw new Error('closed');
    const opened = open(options);
    connection = opened;
    await opened.ready();
    return opened;
  };

  async function send(records: readonly OutboundRecord[]): Promise<PublishOutcome[]> {
    const outcomes = new Map<OutboundRecord, PublishOutcome>();
    const call = { over: false };
    let reason = 'not sent';
    try {
      await withTimeout(sendInOrder(records, outcomes, call), options.timeoutMs);
    } catch (error) {
      disconnect();
      reason = error instanceof TimeoutError ? `Kafka: ${error.message}` : classifyError(error).reason;
    }
    call.over = true;
    // If any record was stored, the whole broker is not down.
    const destinationOnly = [...outcomes.values()].some(({ status }) => status === 'acknowledged');
    return records.map((record) => {
      const outcome = outcomes.get(record) ?? { status: 'unavailable', reason };
      return outcome.status === 'unavailable' && destinationOnly ? { ...outcome, destinationOnly } : outcome;
    });
  }

  async function sendInOrder(
    records: readonly OutboundRecord[],
    outcomes: Map<OutboundRecord, PublishOutcome>,
    call: { readonly over: boolean },
  ): Promise<void> {
    const order = createKeyOrder(toKey);
    const settle = (record: OutboundRecord, outcome: PublishOutcome) => {
      if (call.over) return;
      outcomes.set(record, outcome);
      order.record(record, outcome);
    };

    /** Removes records that would overtake an unconfirmed record of the same key. */
    const keepOrder = (chunk: readonly OutboundRecord[]) =>
      chunk.filter((record) => {
        const obstacle = order.findObstacle(record);
        if (obstacle !== null) settle(record, obstacle);
        return obstacle === null;
      });

    const isolate = (part: readonly OutboundRecord[], limitMs: number) =>
      isolateOffenders(part, {
        send: (some) => sendPart(some, limitMs),
        toBytes: recordSize,
        settle,
        limit: LIMIT,
      });

    /** Settles the part, or returns the refusal if one of its records is at fault. */
    async function sendPart(
      planned: readonly OutboundRecord[],
      limitMs: number,
      attempt = 1,
    ): Promise<SendRefusal | null> {
      const part = keepOrder(planned);
      if (part.length === 0 || call.over) return null;
      // Connect outside the try block, because a failed connect is not a record's fault and ends
      // the call.
      const producer = await connect();
      try {
        const findAcknowledgement = await withTimeout(producer.sendBatch(part), limitMs);
        for (const record of part) {
          const destination = producer.findDestination(record);
          const acknowledged = findAcknowledgement(record);
          if (acknowledged !== null) {
            settle(record, acknowledged);
            suspects.clear(destination);
          } else if (destination !== null && destination.leader < 0) {
            settle(record, {
              status: 'unavailable',
              destinationOnly: true,
              reason: `partition ${toPlace(destination)} has no leader`,
            });
          } else
            settle(record, { status: 'failed', reason: "the broker's answer does not cover its partition" });
        }
        return null;
      } catch (error) {
        const { kind, reason, isTooLarge } = classifyError(error);
        if (kind === 'refused' || (kind === 'thrown' && part.length > 1)) return { reason, isTooLarge };
        if (call.over) {
          // This request used up the time of the call. The next call sends its partitions last.
          for (const record of part) suspects.add(producer.findDestination(record));
          return null;
        }
        if (kind === 'failed' || kind === 'thrown') {
          disconnect();
          for (const record of part) settle(record, { status: 'failed', reason });
          return null;
        }
        const isKnown = part.some((record) => producer.findDestination(record) !== null);
        if (kind === 'stale' && isKnown && attempt < MAX_ATTEMPTS) {
          // A new connection finds the leaders, and creates the topics if they are gone.
          disconnect();
          await sleep(100);
          return sendPart(part, limitMs, attempt + 1);
        }
        const partitions = suspects.groupByPartition(part, producer);
        if (kind === 'blocked' && partitions.length > 1) {
          for (const records of partitions) await isolate(records, limitMs);
          return null;
        }
        for (const record of part) {
          const destination = producer.findDestination(record);
          suspects.add(destination);
          const place = destination === null ? record.topic : toPlace(destination);
          settle(record, {
            status: 'unavailable',
            reason: `${place}: ${reason}`,
            ...(kind === 'blocked' ? { destinationOnly: true } : {}),
          });
        }
        if (kind !== 'blocked') disconnect();
        return null;
      }
    }

    const sendable = records.filter((record) => {
      const fault = findFault(record, topics);
      if (fault !== null) settle(record, fault);
      return fault === null;
    });
    for (const chunk of splitIntoChunks(sendable, CHUNK_LIMIT, recordSize)) {
      // The next call would use a connection that is opened now before it is ready.
      if (call.over) return;
      const { parts, suspicious } = suspects.plan(chunk, await connect());
      for (const part of parts) await isolate(part, options.timeoutMs);
      // If all partitions are suspects, they share the whole time, so a slow broker can clear them.
      const limitMs =
        parts.length > 0
          ? Math.min(SUSPECT_TIMEOUT_MS, options.timeoutMs)
          : options.timeoutMs / suspicious.length;
      for (const part of suspicious) await isolate(part, limitMs);
    }
  }

  return {
    send,
    close() {
      closed = true;
      disconnect();
    },
  };
}

/** Returns the outcome of a record that would make its whole request fail, or null. */
function findFault(record: OutboundRecord, topics: ReadonlySet<string>): PublishOutcome | null {
  if (!topics.has(record.topic)) {
    // A newer instance may know the topic.
    const reason = `topic ${JSON.stringify(record.topic)} is not among those configured: ${[...topics].join(', ')}`;
    return { status: 'unavailable', destinationOnly: true, reason };
  }
  try {
    const bytes = recordSize(record);
    if (bytes <= MAX_REQUEST_BYTES) return null;
    return { status: 'rejected', reason: `${bytes} bytes are more than a request may carry` };
  } catch (error) {
    return { status: 'rejected', reason: `cannot be written as a record: ${error}` };
  }
}

const toKey = ({ topic, message }: OutboundRecord) => `${topic} ${message.key ?? ''}`;
