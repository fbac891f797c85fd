// Debezium's outbox: the Postgres connector and the outbox event router in Kafka Connect, standalone.
// https://debezium.io/documentation/reference/3.4/transformations/outbox-event-router.html
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { connect, connectionString, topic } from './connect.mjs';

const START_MS = 90_000;
const TABLE = 'outbox';
/** The options of Kafka's own start script. */
const JVM = [
  '-Xms256m',
  '-Xmx2g',
  '-XX:+UseG1GC',
  '-XX:MaxGCPauseMillis=20',
  '-XX:InitiatingHeapOccupancyPercent=35',
  '-XX:+ExplicitGCInvokesConcurrent',
];

const worker = () => ({
  'bootstrap.servers': process.env.PEER_BROKERS,
  listeners: 'http://127.0.0.1:0',
  'plugin.discovery': 'service_load',
  'offset.storage.file.filename': 'offsets',
  // The payload is JSON already.
  'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
  'value.converter': 'org.apache.kafka.connect.storage.StringConverter',
  'producer.batch.size': 131_072,
});

function connector() {
  const { hostname, port, username, password, pathname } = new URL(connectionString);
  return {
    name: 'outbox',
    'connector.class': 'io.debezium.connector.postgresql.PostgresConnector',
    'tasks.max': 1,
    'topic.prefix': 'peer',
    'database.hostname': hostname,
    'database.port': port,
    'database.user': username,
    'database.password': decodeURIComponent(password),
    'database.dbname': pathname.slice(1),
    'plugin.name': 'pgoutput',
    'slot.name': TABLE,
    'publication.name': TABLE,
    'publication.autocreate.mode': 'disabled',
    'table.include.list': `public.${TABLE}`,
    'snapshot.mode': 'no_data',
    'tombstones.on.delete': false,
    // Default: 500 ms, which can delay an event.
    'poll.interval.ms': 10,
    'max.batch.size': 4_096,
    'max.queue.size': 16_384,
    transforms: 'outbox',
    'transforms.outbox.type': 'io.debezium.transforms.outbox.EventRouter',
    'transforms.outbox.route.topic.replacement': topic,
  };
}

function writeProperties(name, properties) {
  const path = `${process.env.PEER_FOLDER}/${name}.properties`;
  const lines = Object.entries(properties).map(([key, value]) => `${key}=${value}\n`);
  writeFileSync(path, lines.join(''), { mode: 0o600 });
  return path;
}

async function untilStreaming() {
  const client = await connect();
  const text = `SELECT FROM pg_replication_slots WHERE database = current_database() AND active`;
  for (const end = Date.now() + START_MS; (await client.query(text)).rowCount === 0; ) {
    if (Date.now() > end) throw new Error('Debezium does not stream');
    await pause(100);
  }
  await client.end();
}

export function createPeer() {
  return {
    setUp: (client) =>
      client.query(`CREATE TABLE ${TABLE} (
        id uuid PRIMARY KEY, aggregatetype varchar(255) NOT NULL, aggregateid varchar(255) NOT NULL,
        type varchar(255) NOT NULL, payload jsonb NOT NULL);
        CREATE PUBLICATION ${TABLE} FOR TABLE ${TABLE} WITH (publish = 'insert')`),

    fill: (client, count) =>
      client.query(
        `INSERT INTO ${TABLE} SELECT id, 'order', id, 'placed', jsonb_build_object('id', id, 'sku', 'BENCH-1', 'quantity', 1)
         FROM (SELECT gen_random_uuid() AS id FROM generate_series(1, $1::int)) AS ids`,
        [count],
      ),

    /** Rows do not record their publication. */
    waiting: null,

    openProducer: async () => ({
      enqueue: (client, message) =>
        client.query({
          name: 'enqueue',
          text: `INSERT INTO ${TABLE} (id, aggregatetype, aggregateid, type, payload) VALUES ($1, 'order', $2, 'placed', $3)`,
          values: [message.id, message.id, message],
        }),
    }),

    async launchRelay() {
      const files = [writeProperties('worker', worker()), writeProperties('connector', connector())];
      const main = 'org.apache.kafka.connect.cli.ConnectStandalone';
      const options = [...JVM, '-Dorg.slf4j.simpleLogger.defaultLogLevel=error'];
      const { PATH, HOME, PEER_FOLDER, PEER_JAVA, PEER_JARS } = process.env;
      const java = spawn(PEER_JAVA, [...options, '-cp', `${PEER_JARS}/*`, main, ...files], {
        cwd: PEER_FOLDER,
        env: { PATH, HOME, LC_ALL: 'C.UTF-8' },
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      process.on('exit', () => java.kill('SIGKILL'));
      process.on('SIGTERM', () => process.exit(1));
      java.on('error', (error) => {
        console.error(error);
        process.exit(1);
      });
      java.on('exit', () => process.exit(1));
      await untilStreaming();
      return java.pid;
    },
  };
}
