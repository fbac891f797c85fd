// A job per message. https://worker.graphile.org/docs/sql-add-job
// fast: https://worker.graphile.org/docs/performance (local queue, batched completion), and the jobs
// that run at the same time share a send.
import { Logger, run, runMigrations } from 'graphile-worker';
import { connectionString, createBatcher } from './connect.mjs';

const VARIANTS = {
  default: { concurrentJobs: 10, preset: {}, batchSize: 1 },
  fast: {
    concurrentJobs: 500,
    preset: { localQueue: { size: 1_000 }, completeJobBatchDelay: 0, failJobBatchDelay: 0 },
    batchSize: 500,
  },
};
const payload = `json_build_object('id', gen_random_uuid(), 'sku', 'BENCH-1', 'quantity', 1)`;

export function createPeer(variant) {
  const { concurrentJobs, preset, batchSize } = VARIANTS[variant];
  return {
    setUp: () => runMigrations({ connectionString }),

    fill: (client, count) =>
      client.query(
        `SELECT count(*) FROM graphile_worker.add_jobs((SELECT array_agg(('publish', ${payload}, NULL, NULL,
           NULL, NULL, NULL, NULL)::graphile_worker.job_spec) FROM generate_series(1, $1::int)))`,
        [count],
      ),

    waiting: 'SELECT EXISTS (SELECT FROM graphile_worker._private_jobs) AS waiting',

    openProducer: async () => ({
      enqueue: (client, message) =>
        client.query({
          name: 'enqueue',
          text: `SELECT graphile_worker.add_job('publish', $1::json)`,
          values: [message],
        }),
    }),

    startRelay({ publish }) {
      const send = batchSize === 1 ? (message) => publish([message]) : createBatcher(publish, batchSize);
      return run({
        preset: { worker: { connectionString, concurrentJobs, maxPoolSize: 10, ...preset } },
        noHandleSignals: true,
        logger: new Logger(() => () => {}),
        taskList: { publish: send },
      });
    },
  };
}
