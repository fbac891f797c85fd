// A job per message. https://github.com/timgit/pg-boss/blob/10.4.2/docs/readme.md
// batch: work() with its shortest polling interval. A worker takes one batch an interval, so there are
// several with large batches. fast: fetch() and complete() in a loop of its own that a NOTIFY wakes.
import { setTimeout as pause } from 'node:timers/promises';
import PgBoss from 'pg-boss';
import { connect, connectionString } from './connect.mjs';

const QUEUE = 'publish';
const WORKERS = 4;
const WORKER_BATCH_SIZE = 1_000;
const BATCH_SIZE = 500;
const POLL_SECONDS = 0.5;
const INSERT_SIZE = 5_000;

const open = async (options = {}) => {
  const boss = new PgBoss({ connectionString, ...options });
  boss.on('error', console.error);
  await boss.start();
  return boss;
};

export function createPeer(variant) {
  const notifies = variant === 'fast';
  return {
    async setUp() {
      const boss = await open();
      await boss.createQueue(QUEUE);
      await boss.stop({ graceful: false });
    },

    async fill(_client, count) {
      const boss = await open({ supervise: false, schedule: false });
      for (let left = count; left > 0; left -= INSERT_SIZE) {
        const jobs = Array.from({ length: Math.min(left, INSERT_SIZE) }, () => {
          const id = crypto.randomUUID();
          return { id, name: QUEUE, data: { id, sku: 'BENCH-1', quantity: 1 } };
        });
        await boss.insert(jobs);
      }
      await boss.stop({ graceful: false });
    },

    waiting: `SELECT EXISTS (SELECT FROM pgboss.job WHERE name = '${QUEUE}' AND state < 'completed') AS waiting`,

    async openProducer() {
      const boss = await open({ supervise: false, schedule: false });
      return {
        async enqueue(client, message) {
          await boss.send(QUEUE, message, {
            db: { executeSql: (text, values) => client.query(text, values) },
          });
          if (notifies) await client.query({ name: 'notify', text: `SELECT pg_notify('${QUEUE}', '')` });
        },
      };
    },

    async startRelay({ publish }) {
      const boss = await open();
      const send = (jobs) => publish(jobs.map(({ data }) => data));
      if (!notifies) {
        const options = { batchSize: WORKER_BATCH_SIZE, pollingIntervalSeconds: POLL_SECONDS };
        for (let worker = 0; worker < WORKERS; worker += 1) await boss.work(QUEUE, options, send);
        return;
      }
      const listener = await connect();
      let wakeUp = () => {};
      listener.on('notification', () => wakeUp());
      await listener.query(`LISTEN ${QUEUE}`);
      for (;;) {
        let notified = false;
        const woken = new Promise((resolve) => {
          wakeUp = () => {
            notified = true;
            resolve();
          };
        });
        const jobs = await boss.fetch(QUEUE, { batchSize: BATCH_SIZE });
        if (jobs.length > 0) {
          await send(jobs);
          await boss.complete(
            QUEUE,
            jobs.map(({ id }) => id),
          );
          continue;
        }
        if (notified) continue;
        const timer = new AbortController();
        const timeout = pause(POLL_SECONDS * 1_000, undefined, { signal: timer.signal }).catch(() => {});
        await Promise.race([woken, timeout]);
        timer.abort();
      }
    },
  };
}
