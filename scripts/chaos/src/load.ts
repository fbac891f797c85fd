// Careful clients: each waits for its answer, asks again with the same key until it has one, and keeps
// what it was told. A closed loop: a slow machine gets less load.
import { setTimeout as pause } from 'node:timers/promises';
import type { Stack } from '@lmt/stack';
import { Agent, request } from 'undici';
import type { Random } from './random.js';
export type AcceptedOrder = { id: string; messageId: string; key: string };

const hot = ['HOT-1', 'HOT-2', 'HOT-3'];
const cold = Array.from({ length: 40 }, (_, index) => `COLD-${index + 1}`);
const clients = 6;
const thinkMs = 50;
const mostOrders = 100_000;
// Some of the hot ones sell out: then orders are rejected, and a cancellation brings pieces back.
const stockOf = (sku: string) => (hot.includes(sku) ? 6_000 : 1_000);

export async function loadStock(stack: Stack) {
  for (const sku of [...hot, ...cold]) {
    const answer = await request(`${stack.urls.inventoryInternal}/stock/${sku}/adjustments`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${stack.adminToken}` },
      body: JSON.stringify({ delta: stockOf(sku), reason: 'chaos' }),
    });
    const text = await answer.body.text();
    if (answer.statusCode !== 200) throw new Error(`stock of ${sku}: ${answer.statusCode} ${text}`);
  }
}

/**
 * @param options.orderUrls of all instances of the order service
 * @param options.run makes the keys of this run
 */
export function createLoad({
  stack,
  orderUrls,
  random,
  run,
}: {
  stack: Stack;
  orderUrls: readonly string[];
  random: Random;
  run: string;
}) {
  const agent = new Agent({ connections: 32, connect: { timeout: 2_000 }, keepAliveTimeout: 2_000 });
  const accepted: AcceptedOrder[] = [];
  /** Orders whose cancellation was accepted. */
  const cancelled: Set<string> = new Set();
  /** What no client should ever see. */
  const violations: string[] = [];
  const counts = { asked: 0, retried: 0, replayed: 0, cancelsAsked: 0, requeued: 0 };
  let keys = 0;

  /** Null when there is no answer. */
  async function post(url: string, body: unknown, headers: Record<string, string> = {}) {
    try {
      const answer = await request(url, {
        dispatcher: agent,
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
        headersTimeout: 12_000,
        bodyTimeout: 12_000,
      });
      const text = await answer.body.text();
      // 503: ask again. Any other 5xx says that the service did not know what to do.
      if (answer.statusCode >= 500 && answer.statusCode !== 503) {
        violations.push(
          `POST ${new URL(url).pathname} was answered ${answer.statusCode}: ${text.slice(0, 200)}`,
        );
      }
      return { status: answer.statusCode, headers: answer.headers, text };
    } catch {
      return null;
    }
  }

  /** Until the answer is a final one. */
  async function stubbornly(ask: () => Promise<Awaited<ReturnType<typeof post>>>, patience: AbortSignal) {
    for (let waitMs = 50; ; waitMs = Math.min(waitMs * 2, 1_000)) {
      counts.asked += 1;
      const answer = await ask();
      if (answer && answer.status < 500) return answer;
      counts.retried += 1;
      await pause(waitMs, undefined, { signal: patience });
    }
  }

  function newOrder() {
    const distinct = new Set(
      Array.from({ length: random.whole(1, 3) }, () => random.pick(random.chance(0.6) ? hot : cold)),
    );
    if (random.chance(0.02)) distinct.add('NO-SUCH-SKU');
    const items = [...distinct].map((sku) => ({ sku, quantity: random.whole(1, 3) }));
    return { customerId: `customer-${random.whole(1, 20)}`, items };
  }

  async function placeOne(patience: AbortSignal) {
    keys += 1;
    const key = `${run}-${keys}`;
    const body = newOrder();
    const ask = () => post(`${random.pick(orderUrls)}/orders`, body, { 'idempotency-key': key });
    // Some ask twice at once, as two tabs of a browser do.
    const times = random.chance(0.1) ? 2 : 1;
    const answers = await Promise.all(Array.from({ length: times }, () => stubbornly(ask, patience)));
    for (const answer of answers) {
      if (answer.status !== 201) {
        violations.push(`order ${key} was answered ${answer.status}: ${answer.text.slice(0, 200)}`);
        continue;
      }
      if (answer.headers['idempotency-replayed'] === 'true') counts.replayed += 1;
      const { id, messageId } = JSON.parse(answer.text);
      accepted.push({ id, messageId, key });
    }
  }

  async function cancelOne(patience: AbortSignal) {
    const { id } = random.pick(accepted);
    counts.cancelsAsked += 1;
    const ask = () => post(`${random.pick(orderUrls)}/orders/${id}/cancel`, { reason: 'chaos' });
    const { status, text } = await stubbornly(ask, patience);
    if (status === 202 || status === 200) cancelled.add(id);
    else if (status !== 409)
      violations.push(`cancelling ${id} was answered ${status}: ${text.slice(0, 200)}`);
  }

  /** What an operator does about dead letters. */
  async function requeueDead() {
    const answer = await post(
      `${stack.urls.orderInternal}/messages/requeue`,
      { filter: {}, reason: 'chaos' },
      { authorization: `Bearer ${stack.adminToken}` },
    );
    const { changed = 0 } = answer?.status === 200 ? JSON.parse(answer.text) : {};
    counts.requeued += Number(changed);
  }

  return {
    accepted,
    cancelled,
    violations,
    counts,
    requeueDead,
    placeOne,
    /**
     * Places orders until `over` aborts; resolves when each client has its last answer.
     *
     * @param patience when the clients give up, whatever they wait for
     */
    async run(over: AbortSignal, patience: AbortSignal) {
      const client = async () => {
        while (!over.aborted && accepted.length < mostOrders) {
          if (accepted.length > 0 && random.chance(0.1)) await cancelOne(patience);
          else await placeOne(patience);
          await pause(thinkMs, undefined, { signal: patience });
        }
      };
      await Promise.all(Array.from({ length: clients }, client));
    },
    close: () => agent.destroy(),
  };
}
