import { randomUUID } from 'node:crypto';
import { expect, vi } from 'vitest';
import type { InboundMessage, MessageHandler, OutboundMessage, Publisher, PublishOutcome } from './port.js';

export const within = { timeout: 30_000, interval: 20 };

export function outboundMessage(topic: string, overrides: Partial<OutboundMessage> = {}): OutboundMessage {
  const id = overrides.id ?? randomUUID();
  return {
    id,
    topic,
    key: `key-${id.slice(0, 2)}`,
    type: 'order.placed.v1',
    time: new Date('2026-11-22T08:09:10.123Z'),
    body: JSON.stringify({ orderId: id, text: 'ü "quoted" \u2028', items: [{ sku: 'MOUSE', quantity: 2 }] }),
    headers: { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' },
    ...overrides,
  };
}

/** Publishes like the relay. Retries messages until they are acknowledged or rejected. */
export async function publishUntilSettled(
  publisher: Publisher,
  messages: readonly OutboundMessage[],
): Promise<PublishOutcome[]> {
  const settled = new Map<OutboundMessage, PublishOutcome>();
  await vi.waitFor(async () => {
    const open = messages.filter((message) => !settled.has(message));
    const outcomes = await publisher.publish(open);
    outcomes.forEach((outcome, at) => {
      const message = open[at];
      if (message && /acknowledged|rejected/.test(outcome.status)) settled.set(message, outcome);
    });
    expect(settled.size).toBe(messages.length);
  }, within);
  return messages.map((message) => settled.get(message) ?? { status: 'failed', reason: 'lost' });
}

/** Returns a handler that records all messages in order. */
export function recorder() {
  const received: InboundMessage[] = [];
  const handler: MessageHandler = async (messages) => {
    received.push(...messages);
    return [];
  };
  return { received, handler, ids: () => received.map(({ id }) => id) };
}
