// The peers' consumer: deducts the stock, ignores repeated messages by their id, and then calls the
// order service back. By message: as most teams write it. By batch: the fastest handwritten form.
import { Agent, request } from 'node:http';
import { kafka, openPool, topic } from './connect.mjs';

const PARTITIONS = 6;
const agent = new Agent({ keepAlive: true });
const pool = openPool();

function callBack(ids) {
  return new Promise((resolve, reject) => {
    const options = { port: process.env.PEER_PORT, path: '/results', method: 'POST', agent };
    const call = request(options, (response) => {
      response.resume();
      response.on('end', () =>
        response.statusCode === 201 ? resolve() : reject(new Error(`${response.statusCode}`)),
      );
    });
    call.on('error', reject);
    call.end(JSON.stringify(ids));
  });
}

async function consumeMessage({ id, sku, quantity }) {
  const client = await pool.connect();
  await client.query('BEGIN');
  const inserted = await client.query({
    name: 'inbox',
    text: 'INSERT INTO inbox (id) VALUES ($1) ON CONFLICT DO NOTHING',
    values: [id],
  });
  if (inserted.rowCount === 1) {
    await client.query({
      name: 'sell',
      text: 'UPDATE stock SET available = available - $2 WHERE sku = $1',
      values: [sku, quantity],
    });
  }
  await client.query('COMMIT');
  client.release();
}

async function consumeBatch(messages) {
  const client = await pool.connect();
  await client.query('BEGIN');
  await client.query({
    name: 'sell-batch',
    text: `WITH new AS (
        INSERT INTO inbox (id) SELECT DISTINCT unnest($1::uuid[]) ON CONFLICT DO NOTHING RETURNING id
      ), sold AS (
        SELECT sku, sum(quantity) AS quantity FROM unnest($1::uuid[], $2::text[], $3::int[]) AS m (id, sku, quantity)
        JOIN new USING (id) GROUP BY sku ORDER BY sku
      )
      UPDATE stock SET available = available - sold.quantity FROM sold WHERE stock.sku = sold.sku`,
    values: ['id', 'sku', 'quantity'].map((name) => messages.map((message) => message[name])),
  });
  await client.query('COMMIT');
  client.release();
}

const read = ({ value }) => JSON.parse(value.toString());

/** @param {'message' | 'batch'} consumption */
export async function startConsumer(consumption) {
  const consumer = kafka.consumer({ groupId: topic, maxWaitTimeInMs: 100 });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  const joined = new Promise((resolve) => consumer.on(consumer.events.GROUP_JOIN, resolve));
  const byMessage = {
    partitionsConsumedConcurrently: PARTITIONS,
    eachMessage: async ({ message }) => {
      const order = read(message);
      await consumeMessage(order);
      await callBack([order.id]);
    },
  };
  const byBatch = {
    eachBatch: async ({ batch }) => {
      const orders = batch.messages.map(read);
      await consumeBatch(orders);
      await callBack(orders.map(({ id }) => id));
    },
  };
  await consumer.run(consumption === 'batch' ? byBatch : byMessage);
  await joined;
}
