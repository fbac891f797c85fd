// Orders, from a client that does not give up: each is sent with its key until it is accepted.
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { poll } from '@lmt/stack';

const atOnce = 16;
const requestMs = 15_000;
const giveUpMs = 240_000;
const pauseMs = 200;

async function placeUntilAccepted(url: string, { key, sku }: { key: string; sku: string }): Promise<any> {
  const deadline = performance.now() + giveUpMs;
  for (;;) {
    const answer = await fetch(`${url}/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify({ customerId: 'walk', items: [{ sku, quantity: 1 }] }),
      signal: AbortSignal.timeout(requestMs),
    }).catch(() => null);
    const text = await answer?.text().catch(() => null);
    if (answer?.status === 201 && text) return JSON.parse(text);
    if (answer && answer.status < 500) throw new Error(`POST /orders: ${answer.status} ${text}`);
    if (performance.now() > deadline) throw new Error('POST /orders: never accepted');
    await pause(pauseMs);
  }
}

/**
 * Starts placing orders, one in ten for something that nobody knows.
 *
 * @param url of the order service
 */
export function placeOrders(url: string, count: number) {
  const orders = Array.from({ length: count }, (_, index) => ({
    key: randomUUID(),
    sku: index % 10 === 9 ? 'UNKNOWN' : 'MOUSE',
  }));
  let next = 0;
  let accepted = 0;
  async function client() {
    for (;;) {
      const order = orders[next++];
      if (!order) return;
      await placeUntilAccepted(url, order);
      accepted += 1;
    }
  }
  const all = Promise.all(Array.from({ length: atOnce }, client));
  // Awaited later; until then nobody looks at it.
  all.catch(() => {});
  return {
    all: async () => void (await all),
    /** Resolves once that many are accepted. */
    accepted: (wanted: number) =>
      poll(`${wanted} orders are accepted`, () => accepted >= wanted, { seconds: 120 }),
  };
}

/** Resolves once no order is under way any more. */
export async function allFinished(url: string, seconds: number = 180) {
  const open = async (status: string) => {
    const answer = await fetch(`${url}/orders?status=${status}&limit=1`).catch(() => null);
    if (!answer?.ok) return true;
    return (await answer.json()).items.length > 0;
  };
  const none = async () => !(await open('PENDING')) && !(await open('CANCELLING'));
  await poll('every order is finished', none, { seconds, everyMs: 500 });
}
