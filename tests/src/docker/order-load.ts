// Places orders and retries each until it is accepted, even if a container is killed.
import { setMaxListeners } from 'node:events';
import { createOrderClient, poll } from '@lmt/stack';

const CLIENTS = 16;
const ACCEPTED_MS = 240_000;

/** Starts placing orders. One in ten is for an unknown SKU. */
export function placeOrders(orderUrl: string, count: number) {
  const client = createOrderClient({ orderUrl });
  const skus = Array.from({ length: count }, (_, index) => (index % 10 === 9 ? 'UNKNOWN' : 'MOUSE')).values();
  const signal = AbortSignal.timeout(ACCEPTED_MS);
  // Every client adds listeners to the signal, and Node would warn of a leak.
  setMaxListeners(0, signal);
  let accepted = 0;
  async function placeNext() {
    // The clients share one iterator.
    for (const sku of skus) {
      await client.placeOrder({ customerId: 'walk', items: [{ sku, quantity: 1 }] }, { signal });
      accepted += 1;
    }
  }
  const all = Promise.all(Array.from({ length: CLIENTS }, placeNext)).finally(() => client.close());
  // untilAllAccepted handles a rejection, but may be called only after it.
  all.catch(() => {});
  return {
    untilAllAccepted: async () => void (await all),
    untilAccepted: (wanted: number) =>
      poll(`${wanted} orders are accepted`, () => accepted >= wanted, { seconds: 120 }),
  };
}

export async function untilAllFinished(orderUrl: string): Promise<void> {
  async function isNone(status: 'PENDING' | 'CANCELLING') {
    const answer = await fetch(`${orderUrl}/orders?status=${status}&limit=1`);
    const { items } = (await answer.json()) as { readonly items: readonly unknown[] };
    return items.length === 0;
  }
  const isFinished = async () => (await isNone('PENDING')) && (await isNone('CANCELLING'));
  await poll('every order is finished', () => isFinished().catch(() => false), {
    seconds: 180,
    everyMs: 500,
  });
}
