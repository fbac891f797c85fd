// The peers' order service: bare node:http, one transaction an order, and a callback that completes
// orders in batches.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { openPool } from './connect.mjs';

async function readBody(request) {
  let text = '';
  for await (const chunk of request) text += chunk;
  return JSON.parse(text);
}

export async function startOrderService(peer) {
  const pool = openPool();
  const producer = await peer.openProducer();

  async function placeOrder({ customerId, items: [{ sku, quantity }] }) {
    const id = randomUUID();
    const client = await pool.connect();
    try {
      await client.query('BEGIN');
      await client.query({
        name: 'order',
        text: 'INSERT INTO orders (id, customer_id) VALUES ($1, $2)',
        values: [id, customerId],
      });
      await client.query({
        name: 'item',
        text: 'INSERT INTO order_items (order_id, sku, quantity) VALUES ($1, $2, $3)',
        values: [id, sku, quantity],
      });
      await producer.enqueue(client, { id, sku, quantity });
      await client.query('COMMIT');
      client.release();
    } catch (error) {
      client.release(true);
      throw error;
    }
    return { messageId: id };
  }

  const completeOrders = (ids) =>
    pool.query({
      name: 'complete',
      text: `UPDATE orders SET status = 'CONFIRMED', completed_at = now() WHERE id = ANY($1) AND status = 'PENDING'`,
      values: [ids],
    });

  const server = createServer(async (request, response) => {
    try {
      const body = await readBody(request);
      const answer =
        request.url === '/orders' ? await placeOrder(body) : await completeOrders(body).then(() => ({}));
      response.writeHead(201, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    } catch (error) {
      console.error(error);
      response.writeHead(500).end();
    }
  });
  await new Promise((resolve) => server.listen(Number(process.env.PEER_PORT), '127.0.0.1', resolve));
}
