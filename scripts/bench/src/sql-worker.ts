// What pgbench does, for machines without it: clients that repeat one transaction of prepared statements.

import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import type { OrderTransaction } from './order-transaction.js';
import { parametersOf } from './order-transaction.js';
import { answerTask } from './worker.js';

export interface SqlLoop {
  databaseUrl: string;
  transaction: OrderTransaction;
  clients: number;
  seconds: number;
}

async function load({ databaseUrl, transaction, clients, seconds }: SqlLoop) {
  const statements = transaction.statements.map((statement, index) => ({
    name: `bench_${index}`,
    ...parametersOf(statement),
  }));
  let running = true;
  let committed = 0;

  async function repeat(client: pg.Client) {
    while (running) {
      if (transaction.explicit) await client.query({ name: 'bench_begin', text: 'BEGIN' });
      let row: Record<string, unknown> = {};
      for (const { name, text, names } of statements) {
        const result = await client.query({ name, text, values: names.map((key) => row[key]) });
        row = { ...row, ...result.rows[0] };
      }
      if (transaction.explicit) await client.query({ name: 'bench_commit', text: 'COMMIT' });
      committed += 1;
    }
  }

  const connected = await Promise.all(
    Array.from({ length: clients }, async () => {
      const client = new pg.Client({ connectionString: databaseUrl });
      await client.connect();
      return client;
    }),
  );
  const start = performance.now();
  const loops = connected.map(repeat);
  await Promise.race([pause(seconds * 1_000), Promise.all(loops)]);
  const perSecond = committed / ((performance.now() - start) / 1_000);
  running = false;
  await Promise.all(loops);
  await Promise.all(connected.map((client) => client.end()));
  return { perSecond, latencyMs: (clients * 1_000) / perSecond };
}

answerTask(load);
