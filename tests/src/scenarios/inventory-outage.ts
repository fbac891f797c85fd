import type { PlacedOrder } from '@lmt/contracts';
import { poll } from '@lmt/stack';
import { expect, it } from 'vitest';
import { send } from '../http-client.js';
import { countByStatus, messageStates } from '../stored-orders.js';
import type { System } from '../system.fixture.js';

/** Resolves with the pause in seconds that is scheduled after each publication, by attempt. */
async function watchScheduledPauses(system: System, messageId: string, publications: number) {
  const pauses = new Map<number, number>();
  await poll('the relay republishes the message', async () => {
    const [row] = await system.order.query<{ attempts: number; pause: number }>(
      `SELECT attempts, extract(epoch FROM available_at - coalesce(
         (SELECT max((entry ->> 'at')::timestamptz) FROM jsonb_array_elements(history) AS entry
          WHERE entry ->> 'event' = 'republished'), published_at))::float8 AS pause
       FROM outbox_messages WHERE id = $1 AND status = 'PUBLISHED'`,
      [messageId],
    );
    if (row) pauses.set(row.attempts, row.pause);
    return pauses.size >= publications;
  });
  return [...pauses].sort(([a], [b]) => a - b);
}

export function survivesInventoryOutage(system: System): void {
  it('accepts 50 orders while the inventory is dead, and finishes each once when it is back', async () => {
    const sku = await system.addSku(1_000);
    await system.stack.kill('inventory');

    const start = performance.now();
    const orders = await system.place(50, sku);
    expect(performance.now() - start).toBeLessThan(5_000);

    if (system.kind === 'kafka') await expectBackOff(system, orders);
    else await expectOpenBreaker(system, orders);
    expect(await countByStatus(system, orders)).toEqual({ PENDING: 50 });

    await system.stack.start('inventory');
    await system.expectAllFinished();
    expect(await countByStatus(system, orders)).toEqual({ CONFIRMED: 50 });
    expect(await system.available(sku)).toBe(950);
  });
}

/** Kafka has the messages but no consumer answers: the relay republishes them and backs off. */
async function expectBackOff(system: System, orders: readonly PlacedOrder[]): Promise<void> {
  const id = orders[0]?.messageId ?? '';
  const scheduled = await watchScheduledPauses(system, id, 4);
  expect(scheduled.map(([attempt]) => attempt)).toEqual([1, 2, 3, 4]);
  const pauses = scheduled.map(([, pause]) => pause);
  // A pause begins when the relay records the publication, shortly after the broker acknowledged it.
  // It is the deadline of 1 s plus a back-off of 0, 0.5, 1 or 2 s, whose upper half is random.
  const [recordingSeconds, precision] = [0.5, 0.01];
  expect(pauses[0]).toBeGreaterThanOrEqual(1 - precision);
  expect(pauses[0]).toBeLessThanOrEqual(1 + recordingSeconds);
  for (const [index, backOff] of [0.5, 1, 2].entries()) {
    expect(pauses[index + 1]).toBeGreaterThanOrEqual(1 + backOff / 2 - precision);
    expect(pauses[index + 1]).toBeLessThanOrEqual(1 + backOff + recordingSeconds);
  }
  const history = await system.order.value<{ event: string; attempt: number }[]>(
    'SELECT history FROM outbox_messages WHERE id = $1',
    [id],
  );
  const position = expect.stringMatching(/^order-events\/\d+@\d+$/);
  const republished = { event: 'republished', claimedAt: expect.any(String), position };
  expect(history.slice(0, 3)).toMatchObject([2, 3, 4].map((attempt) => ({ ...republished, attempt })));
}

/**
 * The receiver is down, so the relay does not publish, counts no attempt and reports the reason.
 */
async function expectOpenBreaker(system: System, orders: readonly PlacedOrder[]): Promise<void> {
  await poll('the relay reports the outage', async () => {
    const answer = await send('GET', `${system.stack.urls.relay}/readyz`);
    return answer.status === 503 && /ECONNREFUSED/.test(answer.text);
  });
  const metrics = await send('GET', `${system.stack.urls.relay}/metrics`);
  expect(metrics.text).toMatch(/^outbox_broker_up\{[^}]*\} 0$/m);
  expect(await messageStates(system, orders)).toEqual([{ status: 'PENDING', attempts: 0, failures: 0 }]);
}
