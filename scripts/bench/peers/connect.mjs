// Connections that every peer uses.
import { Kafka, logLevel } from 'kafkajs';
import pg from 'pg';

export const connectionString = process.env.PEER_DATABASE;
export const topic = process.env.PEER_TOPIC;

export async function connect() {
  const client = new pg.Client({ connectionString });
  await client.connect();
  return client;
}

export const openPool = (max = 10) => new pg.Pool({ connectionString, max });

export const kafka = new Kafka({
  clientId: 'peer',
  brokers: [process.env.PEER_BROKERS],
  logLevel: logLevel.NOTHING,
});

/** Collects what concurrent callers publish while a send is in flight, and sends it as one batch. */
export function createBatcher(publish, batchSize) {
  const waiting = [];
  let isSending = false;
  async function flush() {
    if (isSending) return;
    isSending = true;
    await new Promise(setImmediate);
    while (waiting.length > 0) {
      const batch = waiting.splice(0, batchSize);
      await publish(batch.map(({ message }) => message)).then(
        () => batch.forEach(({ resolve }) => void resolve()),
        (error) => batch.forEach(({ reject }) => void reject(error)),
      );
    }
    isSending = false;
  }
  return (message) =>
    new Promise((resolve, reject) => {
      waiting.push({ message, resolve, reject });
      flush();
    });
}
