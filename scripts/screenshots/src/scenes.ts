// Brings the running demo into the states that the pictures show: a retried message, dead letters, a
// decision, orders in flight.
import type { MessageDetailView, PlacedOrder } from '@lmt/contracts';
import { poll } from '@lmt/stack';
import type { APIRequestContext } from 'playwright-core';

export interface Scenes {
  /** Id of a message that was republished while the inventory was down. */
  readonly retried: string;
}

const CUSTOMERS = ['alice', 'bob', '王伟', 'zoë'];
const SKUS = ['KEYBOARD', 'MOUSE', 'MONITOR'];
const ORDERS = 40;

/** @param url of the console, in which `request` has a session */
export function createScenes(request: APIRequestContext, url: string) {
  let placed = 0;

  async function post<T>(
    path: string,
    data: object,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<T> {
    const answer = await request.post(`${url}/api${path}`, { data, headers: { origin: url, ...headers } });
    if (!answer.ok()) throw new Error(`${path} answered ${answer.status()}: ${await answer.text()}`);
    return answer.json();
  }

  async function place(quantity = 1): Promise<PlacedOrder> {
    placed += 1;
    const customerId = CUSTOMERS[placed % CUSTOMERS.length];
    return post('/orders', { customerId, items: [{ sku: SKUS[placed % SKUS.length], quantity }] });
  }

  async function untilMessage(id: string, isReached: (message: MessageDetailView) => boolean): Promise<void> {
    const read = async () => (await request.get(`${url}/api/messages/${id}`)).json();
    await poll(`message ${id}`, async () => isReached(await read()), { seconds: 60 });
  }

  const isCompleted = ({ status }: MessageDetailView) => status === 'COMPLETED';

  /** A foreign record with the id of an order's message makes the message DEAD. */
  async function placeDead(body: string): Promise<string> {
    const { id, messageId } = await place();
    await post('/control/produce', { body, key: id, id: messageId, type: 'order.placed.v1' });
    await untilMessage(messageId, ({ status }) => status === 'DEAD');
    return messageId;
  }

  return {
    place,
    async prepare(): Promise<Scenes> {
      for (const sku of SKUS)
        await post(
          `/stock/${sku}/adjustments`,
          { delta: 2_000, reason: 'delivery 4711' },
          { 'x-operator': 'ada' },
        );
      for (let count = 0; count < ORDERS; count += 1) await place();
      await post('/control/kill', { name: 'inventory' });
      const { messageId: retried } = await place();
      await untilMessage(retried, ({ attempts }) => attempts >= 3);
      await post('/control/start', { name: 'inventory' });
      await untilMessage(retried, isCompleted);
      await place(10_000);
      await post('/control/produce', { body: 'this is not JSON' });
      await post('/control/kill', { name: 'relay' });
      const dead: string[] = [];
      for (const body of ['broken', 'broken', 'broken', '{"orderId":1}', '{"orderId":1}'])
        dead.push(await placeDead(body));
      await post('/control/start', { name: 'relay' });
      const decision = { reason: 'the message itself is fine' };
      await post(`/messages/${dead[0]}/requeue`, decision, { 'x-operator': 'ada' });
      await untilMessage(dead[0] ?? '', isCompleted);
      return { retried };
    },
  };
}
