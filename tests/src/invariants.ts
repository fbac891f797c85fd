import type { Database } from './database.js';

/** What a client was promised by a 201. */
export interface Accepted {
  readonly id: string;
  readonly messageId: string;
}

export interface Evidence {
  readonly order: Database;
  readonly inventory: Database;
  /** The superuser, who sees everybody's sessions. */
  readonly admin: Database;
  readonly accepted: readonly Accepted[];
}

interface OrderRow {
  readonly id: string;
  readonly status: string;
  readonly message_id: string;
  readonly items: { readonly sku: string; readonly quantity: number }[];
}
interface MessageRow {
  readonly id: string;
  readonly key: string;
  readonly status: string;
  readonly outcome: string | null;
  readonly leased: boolean;
}
interface Movement {
  readonly order_id: string | null;
  readonly sku: string;
  readonly delta: number;
}
interface Ledger {
  readonly accepted: readonly Accepted[];
  readonly orders: ReadonlyMap<string, OrderRow>;
  readonly messages: ReadonlyMap<string, MessageRow>;
  readonly stock: readonly { readonly sku: string; readonly available: number }[];
  readonly movements: readonly Movement[];
  readonly inbox: readonly { readonly id: string; readonly order_id: string }[];
  readonly idleInTransaction: readonly string[];
}

const TERMINAL = ['CONFIRMED', 'REJECTED', 'CANCELLED'];
const STATUS_AFTER: Readonly<Record<string, string>> = { SUCCEEDED: 'CONFIRMED', REJECTED: 'REJECTED' };

async function readLedger({ order, inventory, admin, accepted }: Evidence): Promise<Ledger> {
  const orders = await order.query<OrderRow>(
    `SELECT id, status, message_id,
       (SELECT coalesce(jsonb_agg(jsonb_build_object('sku', sku, 'quantity', quantity)), '[]')
        FROM order_items i WHERE i.order_id = o.id) AS items
     FROM orders o`,
  );
  const messages = await order.query<MessageRow>(
    `SELECT id, key, status, result ->> 'outcome' AS outcome, lease_token IS NOT NULL AS leased
     FROM outbox_messages`,
  );
  const sessions = await admin.query<{ name: string }>(
    `SELECT application_name || ' ' || pid AS name FROM pg_stat_activity
     WHERE state LIKE 'idle in transaction%' AND state_change < clock_timestamp() - interval '1 second'`,
  );
  return {
    accepted,
    orders: new Map(orders.map((row) => [row.id, row])),
    messages: new Map(messages.map((row) => [row.id, row])),
    stock: await inventory.query('SELECT sku, available FROM stock_items'),
    movements: await inventory.query('SELECT order_id, sku, delta FROM stock_movements'),
    inbox: await inventory.query('SELECT id, order_id FROM inbox_messages'),
    idleInTransaction: sessions.map(({ name }) => name),
  };
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);

function totalsBy<T>(rows: readonly T[], key: (row: T) => string, amount: (row: T) => number) {
  const totals = new Map<string, number>();
  for (const row of rows) totals.set(key(row), (totals.get(key(row)) ?? 0) + amount(row));
  return totals;
}

const deductionOf = (orderId: string | null, sku: string) => `${orderId} ${sku}`;

/** What each order took from stock, and what its status says that it should have taken. */
function wrongDeductions({ orders, movements }: Ledger): string[] {
  const taken = totalsBy(
    movements.filter(({ order_id }) => order_id !== null),
    ({ order_id, sku }) => deductionOf(order_id, sku),
    ({ delta }) => -delta,
  );
  const wrong: string[] = [];
  for (const { id, status, items } of orders.values()) {
    for (const { sku, quantity } of items) {
      const actual = taken.get(deductionOf(id, sku)) ?? 0;
      taken.delete(deductionOf(id, sku));
      const expected = status === 'CONFIRMED' ? quantity : 0;
      if (actual !== expected) wrong.push(`${id} ${status} took ${actual} ${sku}, not ${expected}`);
    }
  }
  return [...wrong, ...[...taken.keys()].map((key) => `${key}: taken without such an order`)];
}

/** Each invariant with its offenders. */
const INVARIANTS: Readonly<Record<string, (ledger: Ledger) => string[]>> = {
  'every 201 has its order and its message': ({ accepted, orders, messages }) =>
    accepted
      .filter(({ id, messageId }) => {
        return orders.get(id)?.message_id !== messageId || messages.get(messageId)?.key !== id;
      })
      .map(({ id }) => id),
  'every order has exactly one message, every message an order': ({ orders, messages }) => {
    const counts = totalsBy(
      [...messages.values()],
      ({ key }) => key,
      () => 1,
    );
    const wrong = [...orders.keys()].filter((id) => counts.get(id) !== 1);
    return [...wrong, ...[...counts.keys()].filter((key) => !orders.has(key))];
  },
  'every order is in a terminal state, the one its result means': ({ orders, messages }) =>
    [...orders.values()]
      .filter(({ status, message_id }) => {
        const outcome = messages.get(message_id)?.outcome ?? '';
        return !TERMINAL.includes(status) || STATUS_AFTER[outcome] !== status;
      })
      .map(({ id, status }) => `${id} ${status}`),
  'every message is COMPLETED': ({ messages }) =>
    [...messages.values()]
      .filter(({ status }) => status !== 'COMPLETED')
      .map(({ id, status }) => `${id} ${status}`),
  'a confirmed order took its quantity once, any other nothing': wrongDeductions,
  'stock is the sum of its movements and never negative': ({ stock, movements }) =>
    stock
      .filter(({ sku, available }) => {
        const moved = movements.filter((movement) => movement.sku === sku);
        return available < 0 || available !== sum(moved.map(({ delta }) => delta));
      })
      .map(({ sku, available }) => `${sku} ${available}`),
  'every COMPLETED message is in the inbox': ({ messages, inbox }) => {
    const consumed = new Set(inbox.map(({ id }) => id));
    return [...messages.values()]
      .filter(({ id, status }) => status === 'COMPLETED' && !consumed.has(id))
      .map(({ id }) => id);
  },
  'the inbox has one row an order, of a message that exists': ({ messages, inbox }) => {
    const counts = totalsBy(
      inbox,
      ({ order_id }) => order_id,
      () => 1,
    );
    return inbox
      .filter(({ id, order_id }) => counts.get(order_id) !== 1 || messages.get(id)?.key !== order_id)
      .map(({ id }) => id);
  },
  'no lease is held': ({ messages }) =>
    [...messages.values()].filter(({ leased }) => leased).map(({ id }) => id),
  'no session idles in a transaction': ({ idleInTransaction }) => [...idleInTransaction],
};

/** The invariants that don't hold, each with up to five offenders. Empty when all is well. */
export async function violatedInvariants(evidence: Evidence): Promise<Record<string, string[]>> {
  const ledger = await readLedger(evidence);
  const found = Object.entries(INVARIANTS).map(([name, check]) => [name, check(ledger)] as const);
  return Object.fromEntries(
    found
      .filter(([, offenders]) => offenders.length > 0)
      .map(([name, offenders]) => [
        name,
        offenders.length > 5
          ? [...offenders.slice(0, 5), `and ${offenders.length - 5} more`]
          : [...offenders],
      ]),
  );
}
