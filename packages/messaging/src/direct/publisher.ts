import { bisect, type Refusal } from '@lmt/resilience';
import { createPublisher } from '../create-publisher.js';
import type { OutboundMessage, Publisher, PublishOutcome } from '../port.js';
import { splitIntoChunks } from '../split-into-chunks.js';
import { writeEventJson } from './event-json.js';
import { createAgent, type DirectEvent, postBatch } from './post-batch.js';
import { MAX_BATCH_EVENTS } from './receive-direct-batch.js';

export interface DirectPublisherOptions {
  /** The receiver's `/internal/messages`. */
  readonly url: string;
  /** Signs exactly the bytes that are sent; returns headers. */
  readonly sign: (body: Buffer) => Record<string, string>;
  /** Bounds a call of `publish`. */
  readonly timeoutMs: number;
  /** CloudEvents source, a URI reference such as `/services/order`. */
  readonly source: string;
}

interface Sendable extends DirectEvent {
  readonly index: number;
  readonly bytes: number;
}

const CHUNK_LIMIT = { bytes: 900_000, count: MAX_BATCH_EVENTS };

/**
 * Sends messages to one receiver over HTTP, without a broker and without fan-out. `acknowledged`
 * means that the receiver has committed the effect. Sends one request at a time; when a request
 * fails, the rest of the call is not attempted.
 */
export function createDirectPublisher(options: DirectPublisherOptions): Publisher {
  const { url, sign, timeoutMs, source } = options;
  const agent = createAgent(timeoutMs);
  const endpoint = { url, sign, agent };

  async function send(messages: readonly OutboundMessage[]): Promise<PublishOutcome[]> {
    const signal = AbortSignal.timeout(timeoutMs);
    const outcomes = new Map<number, PublishOutcome>();
    let unavailable: string | null = null;

    const sendable = messages.flatMap((message, index): Sendable[] => {
      try {
        const json = writeEventJson(message, source);
        return [{ index, id: message.id, json, bytes: Buffer.byteLength(json) + 1 }];
      } catch (error) {
        outcomes.set(index, { status: 'rejected', reason: `cannot be written as an event: ${error}` });
        return [];
      }
    });

    async function post(chunk: readonly Sendable[]): Promise<Refusal | null> {
      if (unavailable !== null) return null;
      const answer = await postBatch(endpoint, chunk, signal);
      if (answer.kind === 'too-large') return answer;
      if (answer.kind === 'unavailable') {
        unavailable = answer.reason;
        return null;
      }
      chunk.forEach(({ index }, at) => {
        const outcome = answer.outcomes[at];
        if (outcome !== undefined) outcomes.set(index, outcome);
      });
      return null;
    }
    const reject = ({ index, bytes }: Sendable, reason: unknown) =>
      outcomes.set(index, { status: 'rejected', reason: `${bytes} bytes: ${reason}` });

    for (const chunk of splitIntoChunks(sendable, CHUNK_LIMIT, ({ bytes }) => bytes)) {
      await bisect(chunk, post, reject);
    }
    const missing: PublishOutcome = { status: 'unavailable', reason: unavailable ?? 'not sent' };
    return messages.map((_, index) => outcomes.get(index) ?? missing);
  }

  /** Posts an empty batch, which checks the address, the signature and the receiver. */
  async function probe(): Promise<void> {
    const answer = await postBatch(endpoint, [], AbortSignal.timeout(timeoutMs));
    if (answer.kind !== 'answered') throw new Error(answer.reason);
  }

  return createPublisher({ timeoutMs, send, probe, disconnect: () => agent.destroy() });
}
