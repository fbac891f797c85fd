import { setTimeout as sleep } from 'node:timers/promises';
import { DeadlinePassed, withDeadline } from '../deadline.js';
import type { PublishOutcome } from '../port.js';
import { halve, splitIntoChunks } from '../split-into-chunks.js';
import { classifyError } from './classify-error.js';
import type { OutboundRecord } from './outbound-record.js';
import { openProducer, type ProducerConnection, type ProducerOptions } from './producer-connection.js';
import { wireBytes } from './wire-bytes.js';

/** Sends records and says of each whether the broker confirmed it. Calls must not overlap. */
export interface ConfirmedSender {
  send(records: readonly OutboundRecord[]): Promise<PublishOutcome[]>;
  close(): void;
}

/** Below the broker's 1 MiB for a partition's batch (message.max.bytes), wherever the keys fall. */
const chunkLimit = { bytes: 900_000, count: 10_000 };

/** Of a chunk whose partitions have moved. */
const attempts = 4;

/** More than a broker reads as one request (socket.request.max.bytes): it would cut the connection. */
const requestBytes = 100_000_000;

/**
 * The call is bounded by its time-out as a whole. When that passes, or the broker is away, the
 * connection is cut: an answer that comes late finds nobody, and the next call starts afresh.
 * A crash anywhere in here may leave records stored that nobody marked: they are sent again.
 */
export function createConfirmedSender(options: ProducerOptions): ConfirmedSender {
  const topics = new Set(options.topics.map(({ topic }) => topic));
  let connection: ProducerConnection | null = null;
  let closed = false;

  const drop = () => {
    connection?.destroy();
    connection = null;
  };

  const connected = async (): Promise<ProducerConnection> => {
    if (connection !== null) return connection;
    if (closed) throw new Error('closed');
    const opened = openProducer(options);
    connection = opened;
    try {
      await opened.ready();
    } catch (error) {
      opened.destroy();
      if (connection === opened) connection = null;
      throw error;
    }
    return opened;
  };

  async function send(records: readonly OutboundRecord[]): Promise<PublishOutcome[]> {
    const outcomes = new Map<OutboundRecord, PublishOutcome>();
    const call = { over: false };
    let reason = 'not sent';
    try {
      await withDeadline(sendInOrder(records, outcomes, call), options.timeoutMs);
    } catch (error) {
      drop();
      reason = error instanceof DeadlinePassed ? `Kafka gave ${error.message}` : classifyError(error).reason;
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
      if (outcome.status === 'failed') unconfirmedKeys.add(keyOf(record));
    };

    /** A later record of a key must not overtake one that will be sent again. */
    const sendable = (chunk: readonly OutboundRecord[]) =>
      chunk.filter((record) => {
        const free = !unconfirmedKeys.has(keyOf(record));
        if (!free) settle(record, { status: 'failed', reason: 'an earlier message of its key failed' });
        return free;
      });

    async function sendChunk(planned: readonly OutboundRecord[], attempt = 1): Promise<void> {
      const chunk = sendable(planned);
      if (chunk.length === 0 || call.over) return;
      // What fails in here is nobody's fault among the records: all of them are `unavailable`.
      const producer = await connected();
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
      } catch (error) {
        const { kind, reason } = classifyError(error);
        if (kind === 'refused' || (kind === 'thrown' && chunk.length > 1)) return bisect(chunk, reason);
        if (call.over) return;
        if (kind === 'failed' || kind === 'thrown') {
          drop();
          for (const record of chunk) settle(record, { status: 'failed', reason });
          return;
        }
        if (kind === 'unavailable' || attempt === attempts) throw error;
        // Connecting anew finds the leaders, and creates the topics if they are gone.
        drop();
        await sleep(100);
        await sendChunk(chunk, attempt + 1);
      }
    }

    /** Other partitions' records of a refused chunk may be stored: sending them again repeats them. */
    async function bisect(chunk: readonly OutboundRecord[], reason: string): Promise<void> {
      const [first] = chunk;
      if (chunk.length === 1 && first !== undefined) {
        settle(first, { status: 'rejected', reason: `${wireBytes(first)} bytes: ${reason}` });
        return;
      }
      for (const half of halve(chunk)) await sendChunk(half);
    }

    const writable = records.filter((record) => {
      const reason = whyNeverSent(record, topics);
      if (reason !== null) settle(record, { status: 'rejected', reason });
      return reason === null;
    });
    for (const chunk of splitIntoChunks(writable, chunkLimit, wireBytes)) await sendChunk(chunk);
  }

  return {
    send,
    close() {
      closed = true;
      drop();
    },
  };
}

/** What can be told of a record by itself: sent, it would fail the others of its request, or all. */
function whyNeverSent(record: OutboundRecord, topics: ReadonlySet<string>): string | null {
  if (!topics.has(record.topic)) {
    return `topic ${JSON.stringify(record.topic)} is not among those configured: ${[...topics].join(', ')}`;
  }
  try {
    const bytes = wireBytes(record);
    return bytes > requestBytes ? `${bytes} bytes are more than a request may carry` : null;
  } catch (error) {
    return `can't be written as a record: ${error}`;
  }
}

const keyOf = ({ topic, message }: OutboundRecord) => `${topic} ${message.key ?? ''}`;
