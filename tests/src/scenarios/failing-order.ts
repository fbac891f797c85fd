import type { PlacedOrder } from '@lmt/contracts';
import { poll } from '@lmt/stack';
import { expect, it } from 'vitest';
import { failAt } from '../fail-point.js';
import type { System } from '../system.fixture.js';

export function survivesFailingOrder(system: System): void {
  const toRequest = (sku: string) => ({ customerId: 'customer-1', items: [{ sku, quantity: 1 }] });
  const toKey = (sku: string) => `key-of-${sku}`;
  const postWithKey = (sku: string) => system.post(toRequest(sku), { 'idempotency-key': toKey(sku) });
  const postUnanswered = (sku: string) => postWithKey(sku).catch(() => 'no answer');

  async function findIds(sku: string): Promise<string[]> {
    const rows = await system.order.query<{ id: string }>(
      'SELECT id FROM orders WHERE idempotency_key = $1',
      [toKey(sku)],
    );
    return rows.map(({ id }) => id);
  }

  /** Retries like a client that knows only its idempotency key. */
  async function retry(sku: string): Promise<{ id: string; replayed: boolean }> {
    const { text, headers } = await poll('the client gets its order', async () => {
      const answer = await postWithKey(sku).catch(() => null);
      return answer?.status === 201 ? answer : null;
    });
    const order: PlacedOrder = JSON.parse(text);
    return { id: order.id, replayed: headers['idempotency-replayed'] === 'true' };
  }

  it('post.beforeCommit: a kill leaves nothing stored, and a retry creates the order', async () => {
    const sku = await system.addSku(10);
    // The second hit is in the second order. With two transactions per order it would be in the
    // first.
    const order = await failAt(system, 'post.beforeCommit', 'stop@2');
    await system.place(1, sku);
    const unanswered = postUnanswered(sku);
    await order.reached();
    await order.die(async () => expect(await findIds(sku)).toEqual([]));
    expect(await unanswered).toBe('no answer');

    const { id, replayed } = await retry(sku);
    expect(replayed).toBe(false);
    await system.expectAllFinished();
    expect(await findIds(sku)).toEqual([id]);
    expect(await system.available(sku)).toBe(8);
  });

  it('post.beforeCommit: after a kill of Postgres the client gets 503 and nothing is stored', async () => {
    const sku = await system.addSku(10);
    const order = await failAt(system, 'post.beforeCommit', 'pause:1500');
    const unavailable = postWithKey(sku);
    await order.reached();
    await system.stack.kill('postgres');
    expect(await unavailable).toMatchObject({ status: 503 });
    await system.stack.start('postgres');
    expect(await findIds(sku)).toEqual([]);

    await retry(sku);
    await system.expectAllFinished();
    expect(await system.available(sku)).toBe(9);
  });

  it('post.afterCommit: after a kill a retry returns the stored order', async () => {
    const sku = await system.addSku(10);
    const order = await failAt(system, 'post.afterCommit');
    const unanswered = postUnanswered(sku);
    await order.reached();
    const stored = await findIds(sku);
    expect(stored).toHaveLength(1);
    await order.die();
    expect(await unanswered).toBe('no answer');

    expect(await retry(sku)).toEqual({ id: stored[0], replayed: true });
    await system.expectAllFinished();
    expect(await findIds(sku)).toEqual(stored);
    expect(await system.available(sku)).toBe(9);
  });

  it('post.afterCommit: when the reply to COMMIT is lost the client gets 503, and a retry returns the stored order', async () => {
    const sku = await system.addSku(10);
    await failAt(system, 'post.afterCommit', 'error');
    expect(await postWithKey(sku)).toMatchObject({ status: 503 });
    const stored = await findIds(sku);
    expect(stored).toHaveLength(1);

    expect(await retry(sku)).toEqual({ id: stored[0], replayed: true });
    await system.expectAllFinished();
    expect(await system.available(sku)).toBe(9);
  });

  async function readStates(id: string): Promise<{ order: string; message: string } | undefined> {
    const [row] = await system.order.query<{ order: string; message: string }>(
      `SELECT o.status AS order, m.status AS message
       FROM orders o JOIN outbox_messages m ON m.id = o.message_id WHERE o.id = $1`,
      [id],
    );
    return row;
  }

  it.each([
    ['order.beforeComplete', 'neither order nor message has changed', 'PENDING', /^(PENDING|PUBLISHED)$/],
    [
      'order.afterComplete',
      'order and message are complete and a repeated result changes nothing',
      'CONFIRMED',
      /^COMPLETED$/,
    ],
  ] as const)('%s: after a kill %s', async (point, _, orderState, messageState) => {
    const sku = await system.addSku(10);
    const order = await failAt(system, point);
    const [placed] = await system.place(1, sku);
    await order.reached();
    await order.die(async () =>
      expect(await readStates(placed?.id ?? '')).toEqual({
        order: orderState,
        message: expect.stringMatching(messageState),
      }),
    );
    await system.expectAllFinished();
    expect(await readStates(placed?.id ?? '')).toEqual({ order: 'CONFIRMED', message: 'COMPLETED' });
    expect(await system.available(sku)).toBe(9);
  });
}
