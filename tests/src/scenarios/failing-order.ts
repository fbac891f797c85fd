import { poll } from '@lmt/stack';
import { expect, it } from 'vitest';
import { failAt } from '../fail-point.js';
import type { System } from '../system.fixture.js';

export function survivesAFailingOrder(system: System): void {
  const bodyFor = (sku: string) => ({ customerId: 'customer-1', items: [{ sku, quantity: 1 }] });
  const keyOf = (sku: string) => ({ 'idempotency-key': `key-of-${sku}` });
  const idsUnder = async (sku: string) =>
    (
      await system.order.query<{ id: string }>('SELECT id FROM orders WHERE idempotency_key = $1', [
        keyOf(sku)['idempotency-key'],
      ])
    ).map(({ id }) => id);

  /** As a client that knows its key and nothing else. */
  const askAgain = (sku: string) =>
    poll('the client gets its order', async () => {
      const answer = await system.post(bodyFor(sku), keyOf(sku)).catch(() => null);
      return answer?.status === 201 ? answer : null;
    });

  it('post.beforeCommit: killed there, nothing is left, and the client who asks again gets an order', async () => {
    const sku = await system.newSku(10);
    // The second time: a message that went in by a transaction of its own would be the second of the first.
    const order = await failAt(system, 'post.beforeCommit', 'stop@2');
    await system.place(1, sku);
    const unanswered = system.post(bodyFor(sku), keyOf(sku)).catch(() => 'no answer');
    await order.reached();
    await order.dies(async () => expect(await idsUnder(sku)).toEqual([]));
    expect(await unanswered).toBe('no answer');

    const answer = await askAgain(sku);
    expect(answer.headers['idempotency-replayed']).toBeUndefined();
    await system.everythingFinishes();
    expect(await idsUnder(sku)).toEqual([answer.json.id]);
    expect(await system.available(sku)).toBe(8);
  });

  it('post.beforeCommit: Postgres killed there, the client is told 503 and nothing is left', async () => {
    const sku = await system.newSku(10);
    const order = await failAt(system, 'post.beforeCommit', 'pause:1500');
    const refused = system.post(bodyFor(sku), keyOf(sku));
    await order.reached();
    await system.stack.kill('postgres');
    expect(await refused).toMatchObject({ status: 503 });
    await system.stack.start('postgres');
    expect(await idsUnder(sku)).toEqual([]);

    await askAgain(sku);
    await system.everythingFinishes();
    expect(await system.available(sku)).toBe(9);
  });

  it('post.afterCommit: killed there, the client who asks again gets that very order', async () => {
    const sku = await system.newSku(10);
    const order = await failAt(system, 'post.afterCommit');
    const unanswered = system.post(bodyFor(sku), keyOf(sku)).catch(() => 'no answer');
    await order.reached();
    const written = await idsUnder(sku);
    expect(written).toHaveLength(1);
    await order.dies();
    expect(await unanswered).toBe('no answer');

    const answer = await askAgain(sku);
    expect(answer.headers['idempotency-replayed']).toBe('true');
    await system.everythingFinishes();
    expect([answer.json.id]).toEqual(written);
    expect(await idsUnder(sku)).toEqual(written);
    expect(await system.available(sku)).toBe(9);
  });

  it('post.afterCommit: the reply to COMMIT lost, the client is told 503 and gets that very order', async () => {
    const sku = await system.newSku(10);
    await failAt(system, 'post.afterCommit', 'error');
    expect(await system.post(bodyFor(sku), keyOf(sku))).toMatchObject({ status: 503 });
    const written = await idsUnder(sku);
    expect(written).toHaveLength(1);

    const answer = await askAgain(sku);
    expect(answer.headers['idempotency-replayed']).toBe('true');
    expect([answer.json.id]).toEqual(written);
    await system.everythingFinishes();
    expect(await system.available(sku)).toBe(9);
  });

  /** The state of the order and of its message. */
  const statesOf = async (id: string) => {
    const [row] = await system.order.query<{ order: string; message: string }>(
      `SELECT o.status AS order, m.status AS message
       FROM orders o JOIN outbox_messages m ON m.id = o.message_id WHERE o.id = $1`,
      [id],
    );
    return row;
  };

  it.each([
    ['order.beforeComplete', 'neither order nor message has changed', 'PENDING', /^(PENDING|PUBLISHED)$/],
    [
      'order.afterComplete',
      'both have, and the same result again changes nothing',
      'CONFIRMED',
      /^COMPLETED$/,
    ],
  ] as const)('%s: killed there, %s', async (point, _, orderState, messageState) => {
    const sku = await system.newSku(10);
    const order = await failAt(system, point);
    const [placed] = await system.place(1, sku);
    await order.reached();
    await order.dies(async () =>
      expect(await statesOf(placed?.id ?? '')).toEqual({
        order: orderState,
        message: expect.stringMatching(messageState),
      }),
    );
    await system.everythingFinishes();
    expect(await statesOf(placed?.id ?? '')).toEqual({ order: 'CONFIRMED', message: 'COMPLETED' });
    expect(await system.available(sku)).toBe(9);
  });
}
