import { poll } from '@lmt/stack';
import { expect, it } from 'vitest';
import type { System } from '../system.fixture.js';
import type { CollectedSpan } from '../trace-collector.js';

/** The stages of an order, each below the one before it, except the send and the processing. */
const STAGES = [
  'order: POST /orders',
  'order: INSERT orders',
  'relay: send order-events',
  'inventory: process order-events',
  'inventory: POST /internal/message-results',
  'order: POST /internal/message-results',
  'order: complete message',
];

const toStage = ({ service, name }: CollectedSpan) => `${service}: ${name}`;

async function collect(system: System, messageId: string): Promise<CollectedSpan[]> {
  await poll('the trace is complete', async () => {
    const stages = new Set(system.traces().ofMessage(messageId).map(toStage));
    return STAGES.every((stage) => stages.has(stage));
  });
  // The span of a batch that was processed for another message of this trace is not its own.
  return system
    .traces()
    .ofMessage(messageId)
    .filter(({ attributes }) =>
      [messageId, undefined].includes(attributes['messaging.message.id'] as string),
    );
}

export function tracesOrders(system: System): void {
  it('records one trace of an order over the three services and a retry', async () => {
    const sku = await system.addSku(5);
    await system.stack.kill('inventory');
    const [placed] = await system.place(1, sku);
    const { id, messageId } = placed as { id: string; messageId: string };
    await poll('the relay republishes the message', async () => {
      const sql = 'SELECT attempts FROM outbox_messages WHERE id = $1';
      return (await system.order.value<number>(sql, [messageId])) >= 2;
    });
    await system.stack.start('inventory');
    await system.expectAllFinished();

    const spans = await collect(system, messageId);
    const of = (stage: string) => spans.filter((span) => toStage(span) === stage);
    const [root] = of('order: POST /orders');
    expect(root).not.toHaveProperty('parentSpanId');
    const sends = of('relay: send order-events');
    expect(sends.map(({ attributes }) => attributes['message.attempt'])).toEqual(
      expect.arrayContaining([1, 2]),
    );
    for (const { parentSpanId, attributes } of sends) {
      expect(parentSpanId).toBe(root?.spanId);
      expect(attributes).toMatchObject({ 'messaging.kafka.message.key': id, 'messaging.system': 'kafka' });
    }
    const chain = STAGES.slice(3).map((stage) => of(stage));
    for (const [index, stage] of chain.entries()) {
      const parents = index === 0 ? [root] : chain[index - 1];
      for (const { parentSpanId } of stage)
        expect(parents?.map((span) => span?.spanId)).toContain(parentSpanId);
    }
    const deducted = system.stack
      .lines('inventory')
      .flatMap((line) => (line.startsWith('{') ? [JSON.parse(line)] : []))
      .find((line) => line.msg === 'deducted' && line.messageId === messageId);
    expect(of('inventory: process order-events').map(({ spanId }) => spanId)).toContain(deducted?.span_id);
    expect(deducted?.trace_id).toBe(root?.traceId);
  });

  it('gives each order of a batch a trace of its own, and links it to the batch', async () => {
    // Fewer than the traces of a second.
    const orders = await system.place(10, await system.addSku(100));
    await system.expectAllFinished();
    const traces = await Promise.all(orders.map(({ messageId }) => collect(system, messageId)));
    expect(new Set(traces.map(([first]) => first?.traceId)).size).toBe(orders.length);
    const linked = traces.flat().filter(({ links }) => links.length === 1);
    const batches = new Set(traces.flat().map(({ spanId }) => spanId));
    expect(linked.length).toBeGreaterThan(0);
    for (const { links } of linked) expect(batches).toContain(links[0]?.spanId);
  });
}
