// Finished orders in any number, whose messages pass through all their states.
import { randomUUID } from 'node:crypto';
import { ORDER_PLACED } from '@lmt/contracts';
import { consumeOnce } from '@lmt/inbox';
import { completeMessages, RELAY_SESSION_SETTINGS } from '@lmt/outbox';
import { claimBatch, createClaimScan, markPublished } from '@lmt/outbox/steps';
import { createSql, openPool, type SqlClient } from '@lmt/postgres';
import { placeOrders } from './orders.js';
import type { Bench } from './system.js';

const BATCH = 500;
const LEASE_SECONDS = 60;
const RESULT_DEADLINE_MS = 10_000;
const LOG_EVERY = 100_000;

const CONFIRM_ORDERS = `UPDATE orders SET status = 'CONFIRMED', updated_at = now() WHERE id = ANY($1::uuid[])`;

const DEDUCT = `WITH reserved AS (
INSERT INTO reservations (order_id, status) SELECT id, 'RESERVED' FROM unnest($1::uuid[]) AS id
), moved AS (
INSERT INTO stock_movements (order_id, sku, kind, delta)
SELECT id, 'BENCH-1', 'DEDUCT', -1 FROM unnest($1::uuid[]) AS id
)
UPDATE stock_items SET available = available - cardinality($1::uuid[]) WHERE sku = 'BENCH-1'`;

interface Databases {
  readonly order: SqlClient;
  readonly relay: SqlClient;
  readonly inventory: SqlClient;
}

type Scan = ReturnType<typeof createClaimScan>;

/** Places, publishes, consumes and completes a batch of orders with the packages' own statements. */
async function finishBatch({ order, relay, inventory }: Databases, scan: Scan): Promise<number> {
  await order.$executeRawUnsafe(placeOrders, BATCH);
  const token = randomUUID();
  const claim = { batchSize: BATCH, leaseSeconds: LEASE_SECONDS, token, scan };
  const { messages } = await claimBatch(relay, claim);
  const publications = messages.map(({ id }) => ({ id, attempt: 1, delayMs: RESULT_DEADLINE_MS }));
  const now = new Date();
  await markPublished(relay, token, { claimedAt: now, publishedAt: now }, publications);
  const received = messages.map(({ id, key }) => ({ id, key, type: ORDER_PLACED }));
  const processedAt = now.toISOString();
  await inventory.$transaction((tx) =>
    consumeOnce(tx, received, async (fresh) => {
      await tx.$executeRawUnsafe(
        DEDUCT,
        fresh.map(({ key }) => key),
      );
      return fresh.map(() => ({ outcome: 'SUCCEEDED', processedAt }));
    }),
  );
  const results = received.map(({ id, key }) => {
    return { messageId: id, key, outcome: 'SUCCEEDED' as const, processedAt };
  });
  await order.$transaction(async (tx) => {
    await completeMessages(tx, results);
    await tx.$executeRawUnsafe(
      CONFIRM_ORDERS,
      received.map(({ key }) => key),
    );
  });
  return messages.length;
}

function connect({ stack }: Bench): Databases {
  const open = (url: string, sessionSettings: Readonly<Record<string, string>>) =>
    createSql(
      openPool({ url, applicationName: 'bench', poolSize: 2, sessionSettings, onConnectionError: () => {} }),
    );
  // Only the figures count, not the durability of the history.
  const hasty = { synchronous_commit: 'off' };
  return {
    order: open(stack.databases.order, hasty),
    relay: open(stack.databases.order, RELAY_SESSION_SETTINGS),
    inventory: open(stack.databases.inventory, hasty),
  };
}

/** Adds finished orders until their number has grown from `from` to `to`. No service may run. */
export async function addFinishedOrders(bench: Bench, from: number, to: number): Promise<void> {
  const databases = connect(bench);
  const scan = createClaimScan({ monotonicNow: () => performance.now() });
  try {
    const started = performance.now();
    for (let done = from, logAt = from + LOG_EVERY; done < to; ) {
      bench.signal.throwIfAborted();
      done += await finishBatch(databases, scan);
      if (done < logAt) continue;
      bench.log(`${done} finished orders, ${Math.round((performance.now() - started) / 1_000)} s ...`);
      logAt += LOG_EVERY;
    }
  } finally {
    await Promise.all(Object.values(databases).map((database) => database.$disconnect()));
  }
}
