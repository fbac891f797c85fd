import { oneAtATime } from '../one-at-a-time.js';
import type { OutboundMessage, Publisher, PublishOutcome } from '../port.js';
import { halve, splitIntoChunks } from '../split-into-chunks.js';
import { writeEventJson } from './event-json.js';
import { createAgent, postBatch } from './post-batch.js';
import { maxBatchEvents } from './receive-direct-batch.js';

export interface DirectPublisherOptions {
  /** The receiver's `/internal/messages`. */
  readonly url: string;
  /** Signs the very bytes that are sent; returns headers. */
  readonly sign: (body: Buffer) => Record<string, string>;
  /** Bounds a call of `publish`. */
  readonly timeoutMs: number;
  /** CloudEvents source, a URI reference such as `/services/order`. */
  readonly source: string;
}

interface Sendable {
  readonly index: number;
  readonly id: string;
  readonly json: string;
  readonly bytes: number;
}

const chunkLimit = { bytes: 900_000, count: maxBatchEvents };

/**
 * Hands messages to one receiver over HTTP: no broker in between, and no fan-out. `acknowledged`
 * means in effect there. One request at a time; once one fails the rest of the call is not tried.
 */
export function createDirectPublisher(options: DirectPublisherOptions): Publisher {
  const { url, sign, timeoutMs, source } = options;
  const agent = createAgent(timeoutMs);
  const calls = oneAtATime();

  const publish = async (messages: readonly OutboundMessage[]): Promise<PublishOutcome[]> => {
    if (messages.length === 0) return [];
    const signal = AbortSignal.timeout(timeoutMs);
    const outcomes = new Map<number, PublishOutcome>();
    let unavailable: string | null = null;

    const send = async (chunk: readonly Sendable[]): Promise<void> => {
      if (unavailable !== null) return;
      const answer = await postBatch({ url, sign, agent }, chunk, signal);
      if (answer.kind === 'unavailable') {
        unavailable = answer.reason;
      } else if (answer.kind === 'answered') {
        chunk.forEach(({ index }, at) => {
          const outcome = answer.outcomes[at];
          if (outcome !== undefined) outcomes.set(index, outcome);
        });
      } else if (chunk.length > 1) {
        for (const half of halve(chunk)) await send(half);
      } else {
        for (const { index, bytes } of chunk) {
          outcomes.set(index, { status: 'rejected', reason: `${bytes} bytes: ${answer.reason}` });
        }
      }
    };

    const sendable = messages.flatMap((message, index): Sendable[] => {
      try {
        const json = writeEventJson(message, source);
        return [{ index, id: message.id, json, bytes: Buffer.byteLength(json) + 1 }];
      } catch (error) {
        outcomes.set(index, { status: 'rejected', reason: `can't be written as an event: ${error}` });
        return [];
      }
    });
    for (const chunk of splitIntoChunks(sendable, chunkLimit, ({ bytes }) => bytes)) await send(chunk);
    const missing: PublishOutcome = { status: 'unavailable', reason: unavailable ?? 'not sent' };
    return messages.map((_, index) => outcomes.get(index) ?? missing);
  };

  return {
    publish: (messages) => calls.run(() => publish(messages)),
    /** An empty batch goes the way of the others: address, signature and receiver are checked. */
    async probe() {
      const answer = await postBatch({ url, sign, agent }, [], AbortSignal.timeout(timeoutMs));
      if (answer.kind !== 'answered') throw new Error(answer.reason);
    },
    async close() {
      await calls.settled(timeoutMs);
      await agent.destroy();
    },
  };
}
