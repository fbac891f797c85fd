import { poll } from '@lmt/stack';
import pg from 'pg';
import { expect, it, onTestFinished } from 'vitest';
import { send } from '../http-client.js';
import { countByStatus } from '../stored-orders.js';
import type { System } from '../system.fixture.js';

/** The reason of the stall detector in /readyz. */
const STALLED = /(in progress|failing) for \d+ s/;

/** Runs on Kafka, which redelivers every failed batch by itself. */
export function reportsStalls(system: System): void {
  /** Locks a table, like a forgotten session. Resolves with the function that ends the session. */
  async function lockTable(database: 'order' | 'inventory', table: string): Promise<() => Promise<void>> {
    const client = new pg.Client({ connectionString: system.stack.databases[database] });
    client.on('error', () => {});
    await client.connect();
    let ended: Promise<void> | undefined;
    const unlock = () => {
      ended ??= client.end();
      return ended;
    };
    onTestFinished(unlock);
    await client.query('BEGIN');
    await client.query(`LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
    return unlock;
  }

  const stallReported = (name: string, check: string) =>
    poll(
      `${name} reports a stall`,
      async () => {
        const { status, text } = await send('GET', `${system.stack.findInstance(name)?.internalUrl}/readyz`);
        if (status !== 503) return false;
        const { checks }: { checks: Record<string, string> } = JSON.parse(text);
        return STALLED.test(checks[check] ?? '');
      },
      { seconds: 45 },
    );

  it('reports within about 30 s that work has stalled, and recovers by itself', async () => {
    const sku = await system.addSku(100);
    const unlockStock = await lockTable('inventory', 'stock_items');
    const orders = await system.place(3, sku);
    await poll('the inventory waits for the stock', async () => {
      const waiting = await system.inventory.value<number>(
        `SELECT count(*)::int FROM pg_locks WHERE NOT granted AND relation = 'stock_items'::regclass`,
      );
      return waiting > 0;
    });
    const unlockOrders = await lockTable('order', 'orders');
    const unlockMessages = await lockTable('order', 'outbox_messages');
    const placed = system.placeUntilAccepted(3, sku);
    await Promise.all([
      stallReported('inventory', 'batches'),
      stallReported('order', 'placing'),
      stallReported('relay', 'progress'),
    ]);
    for (const name of ['inventory', 'order', 'relay']) {
      const { status } = await send('GET', `${system.stack.findInstance(name)?.internalUrl}/healthz`);
      expect(status).toBe(200);
    }

    await Promise.all([unlockStock(), unlockOrders(), unlockMessages()]);
    await Promise.all(['inventory', 'order', 'relay'].map((name) => system.stack.ready(name)));
    orders.push(...(await placed));
    await system.expectAllFinished();
    expect(await countByStatus(system, orders)).toEqual({ CONFIRMED: 6 });
  });
}
