import { setTimeout as sleep } from 'node:timers/promises';
import { bisect, type Refusal, TimeoutError, withTimeout } from '@lmt/resilience';
import type { PublishOutcome } from '../../port.js';
import { splitIntoChunks } from '../../split-into-chunks.js';
import { classifyError } from '../classify-error.js';
import type { TopicOptions } from '../topics/ensure-topics.js';
import { type OutboundRecord, recordSize } from './outbound-record.js';
import { openProducer, type ProducerConnection } from './producer-connection.js';

/** Stays below the broker's limit per partition (message.max.bytes) for any spread of keys. */
const CHUNK_LIMIT = { bytes: 900_000, count: 10_000 };

/** Attempts to send a chunk whose partitions have moved. */
const MAX_ATTEMPTS = 4;

/** The broker closes the connection on a larger request (socket.request.max.bytes). */
const MAX_REQUEST_BYTES = 100_000_000;

/**
 * Sends records and reports for each whether the broker confirmed it. Calls must not overlap. The
 * time-out bounds the whole call. When it expires or the broker is unreachable, the connection is
 * cut, late answers are dropped and the next call reconnects. If the process dies during a call,
 * the broker may have stored records that are not marked as published. The relay republishes them.
 */
export function createConfirmedSender(options: TopicOptions) {
  const topics = new Set(options.topics.map(({ topic }) => topic));
  let connection: ProducerConnection | null = null;
  let closed = false;

  const disconnect = () => {
    connection?.destroy();
    connection = null;
  };

  const connect = async (): Promise<ProducerConnection> => {
    if (connection !== null) return connection;
    if (closed) throw new Error('closed');
    const opened = openProducer(options);
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
    return records.map((record) => outcomes.get(record) ?? { status: 'unavailable', reason });
  }

  async function sendInOrder(
    records: readonly OutboundRecord[],
    outcomes: Map<OutboundRecord, PublishOutcome>,
    call: { readonly over: boolean },
  ): Promise<void> {
    const unconfirmedKeys = new Set<string>();
    const settle = (record: OutboundRecord, outcome: PublishOutcome) => {
      if (call.over) return;
      outcomes.set(record, outcome);
      if (outcome.status === 'failed') unconfirmedKeys.add(toKey(record));
    };

    /** Leaves out records whose key has a failed record, so that they do not overtake its retry. */
    const keepOrder = (chunk: readonly OutboundRecord[]) =>
      chunk.filter((record) => {
        const free = !unconfirmedKeys.has(toKey(record));
        if (!free) settle(record, { status: 'failed', reason: 'an earlier message of the same key failed' });
        return free;
      });

    /** Settles the chunk, or returns the refusal if one of its records is at fault. */
    async function sendChunk(planned: readonly OutboundRecord[], attempt = 1): Promise<Refusal | null> {
      const chunk = keepOrder(planned);
      if (chunk.length === 0 || call.over) return null;
      // Connect outside the try block, because a failed connect is not a record's fault and ends
      // the call.
      const producer = await connect();
      try {
        const confirmed = await producer.sendBatch(chunk);
        for (const record of chunk) {
          settle(
            record,
            confirmed(record)
              ? { status: 'acknowledged' }
              : { status: 'failed', reason: "the broker's answer does not cover its partition" },
          );
        }
        return null;
      } catch (error) {
        const { kind, reason } = classifyError(error);
        if (kind === 'refused' || (kind === 'thrown' && chunk.length > 1)) return { reason };
        if (call.over) return null;
        if (kind === 'failed' || kind === 'thrown') {
          disconnect();
          for (const record of chunk) settle(record, { status: 'failed', reason });
          return null;
        }
        if (kind === 'unavailable' || attempt === MAX_ATTEMPTS) throw error;
        // A new connection finds the leaders, and creates the topics if they are gone.
        disconnect();
        await sleep(100);
        return sendChunk(chunk, attempt + 1);
      }
    }

    const reject = (record: OutboundRecord, reason: unknown) =>
      settle(record, { status: 'rejected', reason: `${recordSize(record)} bytes: ${reason}` });

    const sendable = records.filter((record) => {
      const reason = findFault(record, topics);
      if (reason !== null) settle(record, { status: 'rejected', reason });
      return reason === null;
    });
    for (const chunk of splitIntoChunks(sendable, CHUNK_LIMIT, recordSize)) {
      // The broker may have stored part of a refused chunk, in other partitions. Bisecting sends it
      // again.
      await bisect(chunk, (part) => sendChunk(part), reject);
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

/** Returns why the record would make its whole request fail, or null. */
function findFault(record: OutboundRecord, topics: ReadonlySet<string>): string | null {
  if (!topics.has(record.topic)) {
    return `topic ${JSON.stringify(record.topic)} is not among those configured: ${[...topics].join(', ')}`;
  }
  try {
    const bytes = recordSize(record);
    return bytes > MAX_REQUEST_BYTES ? `${bytes} bytes are more than a request may carry` : null;
  } catch (error) {
    return `cannot be written as a record: ${error}`;
  }
}

const toKey = ({ topic, message }: OutboundRecord) => `${topic} ${message.key ?? ''}`;
