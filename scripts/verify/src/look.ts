// One look at both databases: at everything, or again at the suspects of an earlier look.
import { compareMessages } from './compare-messages.js';
import { compareOrders } from './compare-orders.js';
import { type Broker, readConsumerLag } from './consumer-lag.js';
import { type DatabaseReader, openReader } from './database-reader.js';
import { createFindings, type Findings } from './findings.js';
import type { InvariantId } from './invariants.js';
import { INVENTORY_CHECKS } from './inventory-checks.js';
import { findOpenTransactions } from './open-transactions.js';
import { ORDER_CHECKS, ORDER_NOTES, SETTLED_CHECKS, type SqlCheck } from './order-checks.js';

export interface Readers {
  readonly order: DatabaseReader;
  readonly inventory: DatabaseReader;
}
export interface Subject {
  readonly orderUrl: string;
  readonly inventoryUrl: string;
  readonly kafka: Broker | null;
  readonly settled: boolean;
}

/**
 * Findings that one snapshot of one database proves, and three kinds that may be artefacts of
 * timing.
 */
interface Look {
  readonly certain: Findings;
  readonly messages: Findings;
  readonly orders: Findings;
  readonly activity: Findings;
}

type AddNote = (invariant: InvariantId, note: string) => void;

const LISTED_ROWS = 1_000;
const COMPARISONS = { messages: compareMessages, orders: compareOrders };

async function runChecks(reader: DatabaseReader, checks: readonly SqlCheck[], findings: Findings) {
  for (const { invariant, sql } of checks) {
    const rows = await reader.rows<{ id: string; problem: string; total: string }>(
      `SELECT id, problem, count(*) OVER () AS total FROM (${sql}) found LIMIT ${LISTED_ROWS}`,
    );
    const unlisted = Number(rows[0]?.total ?? 0) - rows.length;
    for (const [index, { id, problem }] of rows.entries()) {
      const isLast = index === rows.length - 1;
      findings.add({ invariant, key: `${id} ${problem}`, id, problem }, isLast ? 1 + unlisted : 1);
    }
  }
}

/**
 * Takes a snapshot of each database, the order database first. The inventory commits before the
 * order service learns of it, so a CONFIRMED order in the earlier snapshot has its reservation in
 * the later one, and a COMPLETED message its inbox row. Only orders that moved within the
 * milliseconds between the snapshots can look wrong, and they look right at the next look. In the
 * opposite order every order in progress would look wrong.
 */
async function withSnapshots<T>(
  { orderUrl, inventoryUrl }: Subject,
  work: (readers: Readers) => Promise<T>,
): Promise<T> {
  const order = await openReader('order', orderUrl);
  try {
    const inventory = await openReader('inventory', inventoryUrl);
    try {
      return await work({ order, inventory });
    } finally {
      await inventory.close();
    }
  } finally {
    await order.close();
  }
}

export async function lookAtEverything(subject: Subject) {
  const notes = new Map<InvariantId, string[]>();
  const addNote: AddNote = (invariant, note) => notes.set(invariant, [...(notes.get(invariant) ?? []), note]);
  const look = {
    certain: createFindings(),
    messages: createFindings(),
    orders: createFindings(),
    activity: createFindings(),
  };
  const open = await withSnapshots(subject, async (readers) => {
    const unchecked = await lookAtActivity(subject, readers, look.activity, addNote);
    const { order, inventory } = readers;
    await Promise.all([
      runChecks(order, ORDER_CHECKS, look.certain),
      runChecks(inventory, INVENTORY_CHECKS, look.certain),
    ]);
    await compareMessages(readers, look.messages, null);
    await compareOrders(readers, look.orders, null);
    for (const { invariant, sql } of ORDER_NOTES) {
      for (const { note } of await order.rows<{ note: string }>(sql)) addNote(invariant, note);
    }
    return unchecked;
  });
  return { look, notes, open };
}

export async function lookAgain(subject: Subject, earlier: Look): Promise<Look> {
  const again = { messages: createFindings(), orders: createFindings(), activity: createFindings() };
  await withSnapshots(subject, async (readers) => {
    if (earlier.activity.kept.size > 0) await lookAtActivity(subject, readers, again.activity, () => {});
    for (const part of ['messages', 'orders'] as const) {
      const suspects = earlier[part];
      if (suspects.kept.size === 0) continue;
      const keys = new Set([...suspects.kept.values()].map(({ key }) => key));
      await COMPARISONS[part](readers, again[part], suspects.hasOverflowed() ? null : [...keys]);
    }
  });
  return { certain: earlier.certain, ...again };
}

/**
 * Looks at open transactions, unfinished work and the consumer's lag. Returns the invariants that
 * cannot be checked while work is unfinished: I10, and I11 if the consumer is behind.
 */
async function lookAtActivity(
  { kafka, settled }: Subject,
  { order, inventory }: Readers,
  findings: Findings,
  addNote: AddNote,
): Promise<InvariantId[]> {
  for (const reader of [order, inventory]) await findOpenTransactions(reader, findings);
  const unfinished = settled ? findings : createFindings();
  await runChecks(order, SETTLED_CHECKS, unfinished);
  const atRest = settled || unfinished.kept.size === 0;
  const open: InvariantId[] = atRest ? [] : ['I10'];
  const behind = kafka ? (await readConsumerLag(kafka)).filter(({ lag }) => lag > 0) : [];
  if (!atRest && behind.length > 0) {
    const total = behind.reduce((sum, { lag }) => sum + lag, 0);
    addNote('I11', `consumer lag: ${total}`);
    open.push('I11');
  }
  for (const { partition, lag } of atRest ? behind : []) {
    const id = `partition ${partition}`;
    findings.add({ invariant: 'I11', key: id, id, problem: `consumer lag: ${lag}` });
  }
  return open;
}
