// Records that nobody can process, among the good ones.
import { connectKafka, topic } from './connect-kafka.js';

/**
 * For each order a broken copy of its message, which then may be given up before the good one comes, and
 * some of which nobody can be told. A broker that is away ends it with an error.
 *
 * @returns records written
 */
export async function poisonRecords(
  bootstrap: string,
  orders: readonly { id: string; messageId: string }[],
): Promise<number> {
  const producer = connectKafka(bootstrap).producer({ allowAutoTopicCreation: false });
  const bodies = ['broken', '{"orderId": 1}', ''];
  const messages = orders.map(({ id, messageId }, at) => ({
    key: id,
    value: bodies[at % bodies.length],
    headers: { ce_id: messageId, ce_type: at % 2 === 0 ? 'order.placed.v1' : 'order.placed.v99' },
  }));
  const nameless = [
    { key: null, value: 'this is not JSON', headers: {} },
    { key: 'no order', value: '{}', headers: { ce_id: 'no uuid' } },
  ];
  try {
    await producer.connect();
    await producer.send({ topic, messages: [...messages, ...nameless] });
    return messages.length + nameless.length;
  } finally {
    await producer.disconnect().catch(() => {});
  }
}
