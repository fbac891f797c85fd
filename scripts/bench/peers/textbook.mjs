// The outbox as most teams write it: poll a batch with SKIP LOCKED in a transaction, send, mark, commit.
// https://microservices.io/patterns/data/polling-publisher.html
import { setTimeout as pause } from 'node:timers/promises';
import { connect } from './connect.mjs';

const VARIANTS = {
  default: { batchSize: 100, pollMs: 1_000, notifies: false },
  fast: { batchSize: 500, pollMs: 1_000, notifies: true },
};

export function createPeer(variant) {
  const { batchSize, pollMs, notifies } = VARIANTS[variant];
  return {
    setUp: (client) =>
      client.query(`CREATE TABLE outbox (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, key text NOT NULL, payload jsonb NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(), published_at timestamptz);
        CREATE INDEX outbox_waiting ON outbox (id) WHERE published_at IS NULL`),

    fill: (client, count) =>
      client.query(
        `INSERT INTO outbox (key, payload) SELECT id, jsonb_build_object('id', id, 'sku', 'BENCH-1', 'quantity', 1)
         FROM (SELECT gen_random_uuid() AS id FROM generate_series(1, $1::int)) AS ids`,
        [count],
      ),

    waiting: 'SELECT EXISTS (SELECT FROM outbox WHERE published_at IS NULL) AS waiting',

    openProducer: async () => ({
      async enqueue(client, message) {
        const text = `INSERT INTO outbox (key, payload) VALUES ($1, $2)${notifies ? ` RETURNING pg_notify('outbox', '')` : ''}`;
        await client.query({ name: 'enqueue', text, values: [message.id, message] });
      },
    }),

    async startRelay({ publish }) {
      const client = await connect();
      let wakeUp = () => {};
      client.on('notification', () => wakeUp());
      if (notifies) await client.query('LISTEN outbox');

      async function publishBatch() {
        await client.query('BEGIN');
        const text = `SELECT id, payload FROM outbox WHERE published_at IS NULL
          ORDER BY id LIMIT ${batchSize} FOR UPDATE SKIP LOCKED`;
        const { rows } = await client.query({ name: 'poll', text });
        if (rows.length > 0) {
          await publish(rows.map(({ payload }) => payload));
          await client.query({
            name: 'mark',
            text: 'UPDATE outbox SET published_at = now() WHERE id = ANY($1)',
            values: [rows.map(({ id }) => id)],
          });
        }
        await client.query('COMMIT');
        return rows.length;
      }

      for (;;) {
        let notified = false;
        const woken = new Promise((resolve) => {
          wakeUp = () => {
            notified = true;
            resolve();
          };
        });
        const count = await publishBatch();
        if (count === batchSize || notified) continue;
        const timer = new AbortController();
        const timeout = pause(pollMs, undefined, { signal: timer.signal }).catch(() => {});
        await Promise.race([woken, timeout]);
        timer.abort();
      }
    },
  };
}
