import { expect, it } from 'vitest';
import type { System } from '../system.fixture.js';

export function keepsIdempotencyKeys(system: System): void {
  it('post.concurrentKey: makes one order of 20 parallel requests with one key, and answers all of them alike', async () => {
    const sku = await system.newSku(100);
    const body = { customerId: 'customer-1', items: [{ sku, quantity: 2 }] };
    const key = { 'idempotency-key': `key-of-${sku}` };

    const answers = await Promise.all(Array.from({ length: 20 }, () => system.post(body, key)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(new Set(answers.map(({ headers }) => headers.location)).size).toBe(1);
    const replays = answers.filter(({ headers }) => headers['idempotency-replayed'] === 'true');
    expect(replays).toHaveLength(19);

    const other = await system.post({ ...body, items: [{ sku, quantity: 3 }] }, key);
    expect([other.status, other.headers['content-type']]).toEqual([422, 'application/problem+json']);

    await system.everythingFinishes();
    expect(
      await system.order.query('SELECT status FROM orders WHERE idempotency_key = $1', [
        key['idempotency-key'],
      ]),
    ).toEqual([{ status: 'CONFIRMED' }]);
    expect(await system.available(sku)).toBe(98);

    const later = await system.post(body, key);
    expect(later).toMatchObject({
      status: 201,
      text: answers[0]?.text,
      headers: { 'idempotency-replayed': 'true' },
    });
    await system.everythingFinishes();
    expect(await system.available(sku)).toBe(98);
  });
}
