// Replaces pgbench on machines without it: clients repeat a transaction of prepared statements.
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { type OrderTransaction, toParameters } from './orders.js';

export interface SqlLoop {
  readonly databaseUrl: string;
  readonly transaction: OrderTransaction;
  readonly clients: number;
  readonly seconds: number;
}

export async function sqlLoop({ databaseUrl, transaction, clients, seconds }: SqlLoop) {
  const statements = transaction.statements.map((statement, index) => ({
    name: `bench_${index}`,
    ...toParameters(statement),
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

  const connected = Array.from({ length: clients }, () => new pg.Client({ connectionString: databaseUrl }));
  await Promise.all(connected.map((client) => client.connect()));
  const start = performance.now();
  const loops = Promise.all(connected.map(repeat));
  await Promise.race([pause(seconds * 1_000), loops]);
  const perSecond = committed / ((performance.now() - start) / 1_000);
  running = false;
  await loops;
  await Promise.all(connected.map((client) => client.end()));
  return { perSecond, latencyMs: (clients * 1_000) / perSecond };
}
