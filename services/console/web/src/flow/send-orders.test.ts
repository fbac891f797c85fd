import { expect, it } from 'vitest';
import { ApiError } from '../api/request.ts';
import { countAnswers, type OrderAnswer, sendOrders, toOrders } from './send-orders.ts';

const body = { customerId: 'alice', items: [{ sku: 'KEYBOARD', quantity: 1 }] };

const toPlaced = (id: string, replayed = false): OrderAnswer => ({
  placed: { ...body, id, messageId: id, status: 'PENDING', createdAt: '2026-11-26T12:00:00Z' },
  replayed,
});

it('uses the key as it is for one order, and numbers it for several', () => {
  expect(toOrders(body, 'k', 1).map(({ key }) => key)).toEqual(['k']);
  expect(toOrders(body, 'k', 3).map(({ key }) => key)).toEqual(['k-1', 'k-2', 'k-3']);
  expect(toOrders(body, '', 2).map(({ key }) => key)).toEqual([null, null]);
});

it('sends at most 8 orders at a time and returns the answers in order', async () => {
  const waiting: (() => void)[] = [];
  let most = 0;
  const answers = sendOrders(toOrders(body, 'k', 20), ({ key }) => {
    const answer = new Promise<OrderAnswer>((resolve) => waiting.push(() => resolve(toPlaced(String(key)))));
    most = Math.max(most, waiting.length);
    return answer;
  });
  for (let answered = 0; answered < 20; answered++) {
    await expect.poll(() => waiting.length).toBeGreaterThan(0);
    // The last one first: answers do not arrive in order.
    waiting.pop()?.();
  }
  expect(most).toBe(8);
  expect((await answers).map((answer) => 'placed' in answer && answer.placed.id)).toEqual(
    Array.from({ length: 20 }, (_, index) => `k-${index + 1}`),
  );
});

it('counts equal answers, the most frequent first', () => {
  const down = { error: new ApiError(503, 'The order service does not answer: ECONNREFUSED.') };
  expect(countAnswers([down, toPlaced('a'), toPlaced('b'), toPlaced('a', true)])).toEqual([
    { status: 201, replayed: false, detail: null, count: 2 },
    { status: 503, replayed: false, detail: down.error.message, count: 1 },
    { status: 201, replayed: true, detail: null, count: 1 },
  ]);
});
