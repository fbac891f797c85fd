// Replaces pgbench on machines without it: clients repeat a transaction of prepared statements.
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { type OrderTransaction, toParameters } from './orders.js';

interface SqlLoop {
  readonly databaseUrl: string;
  readonly transaction: OrderTransaction;
  readonly clients: number;
  readonly seconds: number;
}

export async function sqlLoop({ databaseUrl, transaction, clients, seconds }: SqlLoop) {
  const { statements, explicit } = transaction;
  const texts = explicit ? ['BEGIN', ...statements, 'COMMIT'] : statements;
  const prepared = texts.map((text, index) => ({ name: `bench_${index}`, ...toParameters(text) }));
  let running = true;
  let committed = 0;

  async function repeat(client: pg.Client) {
    while (running) {
      let row: Record<string, unknown> = {};
      for (const { name, text, names } of prepared) {
        const result = await client.query({ name, text, values: names.map((key) => row[key]) });
        row = { ...row, ...result.rows[0] };
      }
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
  return perSecond;
}
