// Runs one part of a peer: node main.mjs PEER VARIANT CONSUMPTION ROLE [COUNT].
import { connect, kafka, topic } from './connect.mjs';
import { startConsumer } from './consumer.mjs';
import { startOrderService } from './order-service.mjs';

const [name, variant, consumption, role, count] = process.argv.slice(2);
const { createPeer } = await import(`./${name}.mjs`);
const peer = createPeer(variant);
process.on('SIGINT', () => {});
process.once('disconnect', () => process.exit());

async function setUp() {
  const client = await connect();
  await client.query(`
    CREATE TABLE orders (id uuid PRIMARY KEY, customer_id text NOT NULL, status text NOT NULL DEFAULT 'PENDING',
      created_at timestamptz NOT NULL DEFAULT now(), completed_at timestamptz);
    CREATE TABLE order_items (order_id uuid REFERENCES orders (id), sku text, quantity int NOT NULL,
      PRIMARY KEY (order_id, sku));
    CREATE TABLE inbox (id uuid PRIMARY KEY, received_at timestamptz NOT NULL DEFAULT now());
    CREATE TABLE stock (sku text PRIMARY KEY, available int NOT NULL CHECK (available >= 0));
    INSERT INTO stock SELECT 'BENCH-' || number, 10000000 FROM generate_series(1, 8) AS number`);
  await peer.setUp(client);
  await client.end();
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: 6 }], waitForLeaders: true });
  await admin.disconnect();
}

async function startRelay() {
  const producer = kafka.producer();
  await producer.connect();
  const publish = (messages) =>
    producer.send({
      topic,
      acks: -1,
      messages: messages.map((message) => ({ key: message.id, value: JSON.stringify(message) })),
    });
  // Some peers never return from their loop. A failure ends the process.
  const running = peer.startRelay({ publish });
  running.catch((error) => {
    console.error(error);
    process.exit(1);
  });
}

async function fill() {
  const client = await connect();
  await peer.fill(client, Number(count));
  await client.end();
}

const roles = {
  'set-up': setUp,
  order: () => startOrderService(peer),
  relay: peer.launchRelay ?? startRelay,
  consumer: () => startConsumer(consumption),
  fill,
};
// A relay that is no Node process resolves with its own pid.
const pid = (await roles[role]()) ?? process.pid;
process.send({ pid, waiting: peer.waiting });
if (role === 'set-up' || role === 'fill') process.disconnect();
