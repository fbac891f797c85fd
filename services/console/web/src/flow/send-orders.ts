import type { PlacedOrder, PlaceOrderRequest } from '@lmt/contracts';
import { type Answer, ApiError, send } from '../api/request.ts';

/** An order with the key under which it is sent. Null: without a key. */
export interface OrderToSend {
  readonly body: PlaceOrderRequest;
  readonly key: string | null;
}

export type OrderAnswer =
  | { readonly placed: PlacedOrder; readonly replayed: boolean }
  | { readonly error: ApiError };

const CONCURRENCY = 8;

/** Numbers the keys of several orders: with one key for all of them there would be one order. */
export function toOrders(body: PlaceOrderRequest, key: string, count: number): readonly OrderToSend[] {
  const suffix = (index: number) => (count === 1 ? '' : `-${index + 1}`);
  return Array.from({ length: count }, (_, index) => ({
    body,
    key: key === '' ? null : `${key}${suffix(index)}`,
  }));
}

/** Places one order. @throws anything but an ApiError, which is an answer */
export async function sendOrder({ body, key }: OrderToSend): Promise<OrderAnswer> {
  try {
    const answer: Answer<PlacedOrder> = await send('/orders', {
      method: 'POST',
      body,
      headers: key === null ? {} : { 'idempotency-key': key },
    });
    return { placed: answer.body, replayed: answer.replayed };
  } catch (error) {
    if (error instanceof ApiError) return { error };
    throw error;
  }
}

/** Sends all of them, at most 8 at a time, and returns the answers in their order. */
export async function sendOrders(
  orders: readonly OrderToSend[],
  sendOne: (order: OrderToSend) => Promise<OrderAnswer> = sendOrder,
): Promise<readonly OrderAnswer[]> {
  const answers: OrderAnswer[] = [];
  const waiting = orders.entries();
  const work = async () => {
    for (const [index, order] of waiting) answers[index] = await sendOne(order);
  };
  await Promise.all(Array.from({ length: Math.min(CONCURRENCY, orders.length) }, work));
  return answers;
}

export interface AnswerCount {
  /** HTTP status. 0: the console did not answer. */
  readonly status: number;
  readonly replayed: boolean;
  /** The problem's detail, or null for a success. */
  readonly detail: string | null;
  readonly count: number;
}

/** Counts equal answers, the most frequent one first. */
export function countAnswers(answers: readonly OrderAnswer[]): readonly AnswerCount[] {
  const counts = new Map<string, AnswerCount>();
  for (const answer of answers) {
    const found =
      'error' in answer
        ? { status: answer.error.status, replayed: false, detail: answer.error.message }
        : { status: 201, replayed: answer.replayed, detail: null };
    const id = JSON.stringify(found);
    counts.set(id, { ...found, count: (counts.get(id)?.count ?? 0) + 1 });
  }
  return [...counts.values()].sort((a, b) => b.count - a.count);
}
