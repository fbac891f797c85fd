import { createPublisher } from '../create-publisher.js';
import { isolateOffenders, type SendRefusal } from '../isolate-offenders.js';
import { createKeyOrder } from '../keep-order.js';
import type { Publisher, PublishOutcome } from '../port.js';
import { splitIntoChunks } from '../split-into-chunks.js';
import { writeEventJson } from './event-json.js';
import { createAgent, type DirectEndpoint, type DirectEvent, postBatch } from './post-batch.js';
import { MAX_BATCH_EVENTS } from './receive-direct-batch.js';

export interface DirectPublisherOptions extends DirectEndpoint {
  /** Time limit of one `publish` call. */
  readonly timeoutMs: number;
  /** CloudEvents source, a URI reference such as `/services/order`. */
  readonly source: string;
}

const CHUNK_LIMIT = { bytes: 900_000, count: MAX_BATCH_EVENTS };

// The event plus the comma after it in the batch.
const toBytes = ({ json }: DirectEvent) => Buffer.byteLength(json) + 1;

/**
 * Sends messages to one receiver over HTTP, without a broker or fan-out. `acknowledged` means that
 * the receiver has committed the effect. Requests are sent one at a time. After a failed request,
 * the remaining messages of the call are not sent.
 */
export function createDirectPublisher({ url, sign, timeoutMs, source }: DirectPublisherOptions): Publisher {
  const agent = createAgent(timeoutMs);
  const endpoint = { url, sign, agent };

  async function send(events: readonly DirectEvent[]): Promise<PublishOutcome[]> {
    const signal = AbortSignal.timeout(timeoutMs);
    const outcomes = new Map<DirectEvent, PublishOutcome>();
    let unavailable: string | null = null;

    const order = createKeyOrder<DirectEvent>(({ key }) => key);
    const settle = (event: DirectEvent, outcome: PublishOutcome) => {
      outcomes.set(event, outcome);
      order.record(event, outcome);
    };

    async function post(planned: readonly DirectEvent[]): Promise<SendRefusal | null> {
      if (unavailable !== null) return null;
      const chunk = planned.filter((event) => {
        const obstacle = order.findObstacle(event);
        if (obstacle !== null) settle(event, obstacle);
        return obstacle === null;
      });
      if (chunk.length === 0) return null;
      const answer = await postBatch(endpoint, chunk, signal);
      if (answer.kind === 'answered') {
        for (const [event, outcome] of answer.outcomes) settle(event, outcome);
        return null;
      }
      if (answer.kind === 'too-large') return { reason: answer.reason, isTooLarge: true };
      unavailable = answer.reason;
      return null;
    }
    const limit = 'the size limit of the proxy in front of the receiver';
    for (const chunk of splitIntoChunks(events, CHUNK_LIMIT, toBytes)) {
      await isolateOffenders(chunk, { send: post, toBytes, settle, limit });
    }
    const missing: PublishOutcome = { status: 'unavailable', reason: unavailable ?? 'not sent' };
    return events.map((event) => outcomes.get(event) ?? missing);
  }

  return createPublisher({
    topics: null,
    timeoutMs,
    encode: (message) => ({ id: message.id, key: message.key, json: writeEventJson(message, source) }),
    send,
    /** Posts an empty batch to check the address, the signature and the receiver. */
    async probe() {
      const answer = await postBatch(endpoint, [], AbortSignal.timeout(timeoutMs));
      if (answer.kind !== 'answered') throw new Error(answer.reason);
    },
    disconnect: () => agent.destroy(),
  });
}
