import type { PlacedOrder } from '@lmt/contracts';
import { poll } from '@lmt/stack';
import { expect, it } from 'vitest';
import { send } from '../http-client.js';
import type { System } from '../system.fixture.js';

const idsOf = (orders: readonly PlacedOrder[]) => orders.map(({ messageId }) => messageId);

/** The pauses that the table plans after each publication of a message, in seconds. */
async function watchPlannedPauses(system: System, messageId: string, publications: number) {
  const pauses = new Map<number, number>();
  await poll('the message is published again and again', async () => {
    const [row] = await system.order.query<{ attempts: number; pause: number }>(
      `SELECT attempts, extract(epoch FROM available_at - published_at)::float8 AS pause
       FROM outbox_messages WHERE id = $1 AND status = 'PUBLISHED'`,
      [messageId],
    );
    if (row) pauses.set(row.attempts, row.pause);
    return pauses.size >= publications;
  });
  return [...pauses].sort(([a], [b]) => a - b);
}

export function waitsForTheInventory(system: System): void {
  it('accepts 50 orders while the inventory is dead, and finishes each once when it is back', async () => {
    const sku = await system.newSku(1_000);
    await system.stack.kill('inventory');

    const start = performance.now();
    const orders = await system.place(50, sku);
    expect(performance.now() - start).toBeLessThan(5_000);

    if (system.kind === 'kafka') await isPublishedAgain(system, orders);
    else await waitsBehindTheBreaker(system, orders);
    expect(await system.countByStatus(orders)).toEqual({ PENDING: 50 });

    await system.stack.start('inventory');
    await system.everythingFinishes();
    expect(await system.countByStatus(orders)).toEqual({ CONFIRMED: 50 });
    expect(await system.available(sku)).toBe(950);
  });
}

/** Kafka took the messages, nobody answers: they go out again, less and less often. */
async function isPublishedAgain(system: System, orders: readonly PlacedOrder[]): Promise<void> {
  const [id = ''] = idsOf(orders);
  const planned = await watchPlannedPauses(system, id, 4);
  expect(planned.map(([attempt]) => attempt)).toEqual([1, 2, 3, 4]);
  const pauses = planned.map(([, pause]) => pause);
  expect(pauses[0]).toBeCloseTo(1, 1);
  // The deadline of 1 s, then 0.5, 1, 2 s of back-off, the upper half of it random.
  for (const [index, backoff] of [0.5, 1, 2].entries()) {
    expect(pauses[index + 1]).toBeGreaterThanOrEqual(1 + backoff / 2 - 0.01);
    expect(pauses[index + 1]).toBeLessThanOrEqual(1 + backoff + 0.01);
  }
  const history = await system.order.value<{ event: string; attempt: number }[]>(
    'SELECT history FROM outbox_messages WHERE id = $1',
    [id],
  );
  expect(history.slice(0, 3)).toMatchObject([2, 3, 4].map((attempt) => ({ event: 'republished', attempt })));
}

/** The receiver itself is gone: nothing is published, nothing is counted, the relay knows why. */
async function waitsBehindTheBreaker(system: System, orders: readonly PlacedOrder[]): Promise<void> {
  await poll('the relay has noticed', async () => {
    const answer = await send('GET', `${system.stack.urls.relay}/readyz`);
    return answer.status === 503 && /ECONNREFUSED/.test(answer.text);
  });
  const metrics = await send('GET', `${system.stack.urls.relay}/metrics`);
  expect(metrics.text).toMatch(/^outbox_broker_up\{[^}]*\} 0$/m);
  const messages = await system.order.query(
    'SELECT DISTINCT status, attempts, failures FROM outbox_messages WHERE id = ANY($1)',
    [idsOf(orders)],
  );
  expect(messages).toEqual([{ status: 'PENDING', attempts: 0, failures: 0 }]);
}
