import { expect, it } from 'vitest';
import type { System } from '../system.fixture.js';

export function deduplicatesRequests(system: System): void {
  it('post.concurrentKey: creates one order from 20 parallel requests with one key, with equal responses', async () => {
    const sku = await system.addSku(100);
    const body = { customerId: 'customer-1', items: [{ sku, quantity: 2 }] };
    const key = `key-of-${sku}`;
    const headers = { 'idempotency-key': key };

    const answers = await Promise.all(Array.from({ length: 20 }, () => system.post(body, headers)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(new Set(answers.map((answer) => answer.headers.location)).size).toBe(1);
    const replays = answers.filter((answer) => answer.headers['idempotency-replayed'] === 'true');
    expect(replays).toHaveLength(19);

    const other = await system.post({ ...body, items: [{ sku, quantity: 3 }] }, headers);
    expect([other.status, other.headers['content-type']]).toEqual([422, 'application/problem+json']);

    await system.expectAllFinished();
    expect(await system.order.query('SELECT status FROM orders WHERE idempotency_key = $1', [key])).toEqual([
      { status: 'CONFIRMED' },
    ]);
    expect(await system.available(sku)).toBe(98);

    const later = await system.post(body, headers);
    expect(later).toMatchObject({
      status: 201,
      text: answers[0]?.text,
      headers: { 'idempotency-replayed': 'true' },
    });
    await system.expectAllFinished();
    expect(await system.available(sku)).toBe(98);
  });
}
