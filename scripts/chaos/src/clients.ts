// Clients that place and cancel orders. Each client retries a request with its Idempotency-Key
// until it is answered, and records the answer. A slow machine gets less load (closed loop).
import { setTimeout as pause } from 'node:timers/promises';
import type { PlaceOrderRequest } from '@lmt/contracts';
import { type Answer, createOrderClient, type Stack } from '@lmt/stack';
import { createRandom, type Random } from './random.js';

const CLIENTS = 6;
const THINK_MS = 50;
const MAX_ORDERS = 100_000;
const TIMEOUT_MS = 12_000;

export const hotSkus = ['HOT-1', 'HOT-2', 'HOT-3'];
const coldSkus = Array.from({ length: 40 }, (_, index) => `COLD-${index + 1}`);

/** Some hot SKUs sell out. Orders for them are rejected until a cancellation returns stock. */
export const stock = Object.fromEntries([
  ...hotSkus.map((sku) => [sku, 6_000]),
  ...coldSkus.map((sku) => [sku, 1_000]),
]);

function newOrder(random: Random): PlaceOrderRequest {
  const skus = new Set(
    Array.from({ length: random.whole(1, 3) }, () => random.pick(random.chance(0.6) ? hotSkus : coldSkus)),
  );
  if (random.chance(0.02)) skus.add('NO-SUCH-SKU');
  const items = [...skus].map((sku) => ({ sku, quantity: random.whole(1, 3) }));
  return { customerId: `customer-${random.whole(1, 20)}`, items };
}

export type Clients = ReturnType<typeof createClients>;

/** Each request goes to a random instance of the order service. */
export function createClients({ proxies, urls, adminTokens }: Stack, seed: number) {
  const random = createRandom(seed + 1);
  const instances = proxies.names.filter((name) => name.startsWith('client->'));
  const accepted: { readonly id: string; readonly messageId: string; readonly key: string }[] = [];
  /** Ids of orders whose cancellation was accepted. */
  const cancelled = new Set<string>();
  /** Answers that a client must never receive. */
  const violations: string[] = [];
  const counts = { requests: 0, retried: 0, replayed: 0, cancellations: 0, requeued: 0 };
  let keys = 0;

  const report = (request: string, { status, text }: Answer) =>
    violations.push(`${request}: ${status} ${text.slice(0, 200)}`);

  /** A 503 asks for a retry. Any other 5xx is an unexpected error of the service. */
  function reportServerError(path: string, answer: Answer | null) {
    if (answer && answer.status >= 500 && answer.status !== 503) report(`POST ${path}`, answer);
  }

  const client = createOrderClient({
    orderUrl: () => `http://127.0.0.1:${proxies.get(random.pick(instances)).port}`,
    timeoutMs: TIMEOUT_MS,
    onAnswer(path, answer) {
      counts.requests += 1;
      if (!answer || answer.status >= 500) counts.retried += 1;
      reportServerError(path, answer);
    },
  });
  const operator = createOrderClient({
    orderUrl: urls.orderInternal,
    timeoutMs: TIMEOUT_MS,
    onAnswer: reportServerError,
  });

  async function placeOne(signal: AbortSignal) {
    keys += 1;
    const key = `chaos-${seed}-${keys}`;
    const order = newOrder(random);
    const place = () => client.postUntilAnswered('/orders', order, { idempotencyKey: key, signal });
    // Some clients send the same order twice at once, as two browser tabs might.
    const answers = await Promise.all(random.chance(0.1) ? [place(), place()] : [place()]);
    for (const answer of answers) {
      if (answer.status !== 201) {
        report(`POST /orders with key ${key}`, answer);
        continue;
      }
      if (answer.headers['idempotency-replayed'] === 'true') counts.replayed += 1;
      const { id, messageId } = JSON.parse(answer.text);
      accepted.push({ id, messageId, key });
    }
  }

  async function cancelOne(signal: AbortSignal) {
    const { id } = random.pick(accepted);
    counts.cancellations += 1;
    const path = `/orders/${id}/cancel`;
    const answer = await client.postUntilAnswered(path, { reason: 'chaos' }, { signal });
    if (answer.status === 202 || answer.status === 200) cancelled.add(id);
    else if (answer.status !== 409) report(`POST ${path}`, answer);
  }

  return {
    accepted,
    cancelled,
    violations,
    counts,
    placeOne,

    /** Requeues all dead letters, as an operator would. */
    async requeueDead() {
      const headers = { authorization: `Bearer ${adminTokens.order}` };
      const answer = await operator
        .post('/messages/requeue', { filter: {}, reason: 'chaos' }, { headers })
        .catch(() => null);
      if (answer?.status === 200) counts.requeued += Number(JSON.parse(answer.text).changed ?? 0);
    },

    /**
     * Places and cancels orders until `over` aborts. Resolves once each client has its last answer,
     * and rejects if `patience` aborts first.
     */
    async run(over: AbortSignal, patience: AbortSignal) {
      const loop = async () => {
        while (!over.aborted && accepted.length < MAX_ORDERS) {
          if (accepted.length > 0 && random.chance(0.1)) await cancelOne(patience);
          else await placeOne(patience);
          await pause(THINK_MS, undefined, { signal: patience });
        }
      };
      await Promise.all(Array.from({ length: CLIENTS }, loop));
    },

    close: () => Promise.all([client.close(), operator.close()]),
  };
}
