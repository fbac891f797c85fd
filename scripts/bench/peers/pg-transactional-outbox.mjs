// Its polling listener, with larger batches and a shorter interval than its defaults (5 and 500 ms).
// https://github.com/Zehelein/pg-transactional-outbox
import {
  DatabaseSetup,
  getDisabledLogger,
  initializeMessageStorage,
  initializePollingMessageListener,
} from 'pg-transactional-outbox';
import { connectionString, createBatcher } from './connect.mjs';

const BATCH_SIZE = 100;
const POLL_MS = 50;

const names = {
  outboxOrInbox: 'outbox',
  schema: 'public',
  table: 'outbox',
  nextMessagesSchema: 'public',
  nextMessagesName: 'next_outbox_messages',
};

const config = {
  outboxOrInbox: 'outbox',
  dbListenerConfig: { connectionString, max: BATCH_SIZE },
  settings: {
    dbSchema: 'public',
    dbTable: 'outbox',
    enableMaxAttemptsProtection: false,
    enablePoisonousMessageProtection: false,
    nextMessagesFunctionName: 'next_outbox_messages',
    nextMessagesBatchSize: BATCH_SIZE,
    nextMessagesPollingIntervalInMs: POLL_MS,
  },
};

export function createPeer() {
  const logger = getDisabledLogger();
  return {
    async setUp(client) {
      const { rows } = await client.query('SELECT current_user AS role, current_database() AS database');
      const setup = { ...names, database: rows[0].database, listenerRole: rows[0].role };
      await client.query(DatabaseSetup.dropAndCreateTable(setup));
      await client.query(DatabaseSetup.createPollingFunction(setup));
      await client.query(DatabaseSetup.setupPollingIndexes(setup));
    },

    fill: (client, count) =>
      client.query(
        `INSERT INTO outbox (id, aggregate_type, aggregate_id, message_type, concurrency, payload)
         SELECT id, 'order', id, 'placed', 'parallel', jsonb_build_object('id', id, 'sku', 'BENCH-1', 'quantity', 1)
         FROM (SELECT gen_random_uuid() AS id FROM generate_series(1, $1::int)) AS ids`,
        [count],
      ),

    waiting: 'SELECT EXISTS (SELECT FROM outbox WHERE processed_at IS NULL) AS waiting',

    async openProducer() {
      const store = initializeMessageStorage(config, logger);
      return {
        enqueue: (client, message) =>
          store(
            {
              id: message.id,
              aggregateType: 'order',
              aggregateId: message.id,
              messageType: 'placed',
              concurrency: 'parallel',
              payload: message,
              createdAt: new Date().toISOString(),
            },
            client,
          ),
      };
    },

    async startRelay({ publish }) {
      const send = createBatcher(publish, BATCH_SIZE);
      initializePollingMessageListener(config, { handle: ({ payload }) => send(payload) }, logger);
    },
  };
}
