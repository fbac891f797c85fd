import { poll } from '@lmt/stack';
import pg from 'pg';
import { expect, it, onTestFinished } from 'vitest';
import { type Answer, send } from '../http-client.js';
import type { System } from '../system.fixture.js';

/** Only with Kafka: there every batch that failed comes again by itself. */
export function showsStandstills(system: System): void {
  /** Somebody's transaction that keeps a table locked. Returns how it is let go. */
  async function lockTable(database: 'order' | 'inventory', table: string): Promise<() => Promise<void>> {
    const client = new pg.Client({ connectionString: system.stack.databases[database] });
    client.on('error', () => {});
    await client.connect();
    let gone: Promise<void> | undefined;
    const letGo = () => {
      gone ??= client.end();
      return gone;
    };
    onTestFinished(letGo);
    await client.query('BEGIN');
    await client.query(`LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
    return letGo;
  }

  const readyz = async (name: string): Promise<Answer> =>
    send('GET', `${system.stack.addressOf(name)?.internalUrl}/readyz`);
  const untilRed = (name: string, check: string) =>
    poll(
      `${name} says that it stands still`,
      async () => {
        const { status, json } = await readyz(name);
        return status === 503 && /(under way|again and again) for/.test(json.checks[check]);
      },
      { seconds: 45 },
    );

  it('shows within about 30 s wherever work stands still, and by itself that it goes on', async () => {
    const sku = await system.newSku(100);
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
    const placed = system.placeStubbornly(3, sku);
    await Promise.all([
      untilRed('inventory', 'batches'),
      untilRed('order', 'placing'),
      untilRed('relay', 'progress'),
    ]);
    for (const name of ['inventory', 'order', 'relay']) {
      const { status } = await send('GET', `${system.stack.addressOf(name)?.internalUrl}/healthz`);
      expect(status).toBe(200);
    }

    await Promise.all([unlockStock(), unlockOrders(), unlockMessages()]);
    await Promise.all(['inventory', 'order', 'relay'].map((name) => system.stack.ready(name)));
    await system.everythingFinishes();
    expect(await system.countByStatus([...orders, ...(await placed)])).toEqual({ CONFIRMED: 6 });
  });
}
