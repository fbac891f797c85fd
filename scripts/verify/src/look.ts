// One look at everything, or once more at what was suspicious.

import { compareMessages } from './compare-messages.js';
import { compareOrders } from './compare-orders.js';
import type { Kafka } from './consumer-lag.js';
import { consumerLag } from './consumer-lag.js';
import type { DatabaseReader } from './database-reader.js';
import { openReader } from './database-reader.js';
import type { Findings } from './findings.js';
import { createFindings } from './findings.js';
import type { InvariantId } from './invariants.js';
import { inventoryChecks } from './inventory-checks.js';
import { mergeById } from './merge-by-id.js';
import { findOpenTransactions } from './open-transactions.js';
import type { SqlCheck } from './order-checks.js';
import { orderChecks, orderNotes, settledChecks } from './order-checks.js';
export type Readers = { order: DatabaseReader; inventory: DatabaseReader; merge: typeof mergeById };
export interface Subject {
  orderUrl: string;
  inventoryUrl: string;
  kafka: Kafka | null;
  settled: boolean;
}

const listed = 1_000;

async function runChecks(reader: DatabaseReader, checks: readonly SqlCheck[], findings: Findings) {
  for (const { invariant, sql } of checks) {
    const rows: { id: string; problem: string; total: string }[] = await reader.rows(
      `SELECT id, problem, count(*) OVER () AS total FROM (${sql}) found LIMIT ${listed}`,
    );
    const unlisted = Number(rows[0]?.total ?? 0) - rows.length;
    rows.forEach(({ id, problem }, index) => {
      const last = index === rows.length - 1;
      findings.add({ invariant, key: `${id} ${problem}`, id, problem }, last ? 1 + unlisted : 1);
    });
  }
}

/**
 * Reads both databases as of two moments, the order database's first. What the order service knows of
 * the inventory the inventory has committed before: an order that is CONFIRMED in the earlier snapshot
 * has its reservation in the later one, a message that is COMPLETED its inbox row. Only what moved on
 * between the two moments, some milliseconds, can look wrong, and no longer does at the next look. Read
 * the other way round, everything that was under way would.
 */
async function withSnapshots<T>({ orderUrl, inventoryUrl }: Subject, work: (readers: Readers) => Promise<T>) {
  const order = await openReader('order', orderUrl);
  try {
    const inventory = await openReader('inventory', inventoryUrl);
    try {
      return await work({ order, inventory, merge: mergeById });
    } finally {
      await inventory.close();
    }
  } finally {
    await order.close();
  }
}

function keysOf(findings: Findings, invariants: InvariantId[]) {
  const found = [...findings.kept.values()].filter(({ invariant }) => invariants.includes(invariant));
  return [...new Set(found.map(({ key }) => key))];
}

export type Look = { fixed: Findings; messages: Findings; orders: Findings; moving: Findings };

/**
 * The first look. `fixed` is certain: it was seen in one snapshot of one database. The others may have
 * to do with the moment.
 */
export async function lookAtEverything(subject: Subject) {
  const found = {
    fixed: createFindings(),
    messages: createFindings(),
    orders: createFindings(),
    moving: createFindings(),
  };
  const notes: Map<InvariantId, string[]> = new Map();
  const addNote = (invariant: InvariantId, note: string) =>
    notes.set(invariant, [...(notes.get(invariant) ?? []), note]);

  const open = await withSnapshots(subject, async (readers) => {
    const unjudged = await lookAtWhatMoves(subject, readers, found.moving, addNote);
    const { order, inventory } = readers;
    await Promise.all([
      runChecks(order, orderChecks, found.fixed),
      runChecks(inventory, inventoryChecks, found.fixed),
    ]);
    await compareMessages(readers, found.messages, null);
    await compareOrders(readers, found.orders, null);
    for (const { invariant, sql } of orderNotes) {
      const rows: { note: string }[] = await order.rows(sql);
      for (const { note } of rows) addNote(invariant, note);
    }
    return unjudged;
  });
  return { found, notes, open };
}

/** Looks once more at what an earlier look found suspicious. */
export async function lookAgain(subject: Subject, earlier: Look): Promise<Look> {
  const again = { messages: createFindings(), orders: createFindings(), moving: createFindings() };
  await withSnapshots(subject, async (readers) => {
    if (earlier.moving.kept.size > 0) await lookAtWhatMoves(subject, readers, again.moving, () => {});
    for (const { part, compare } of [
      { part: 'messages', compare: compareMessages },
      { part: 'orders', compare: compareOrders },
    ] as const) {
      const suspects = earlier[part];
      if (suspects.kept.size === 0) continue;
      const only = suspects.overflowed ? null : keysOf(suspects, [...suspects.counts.keys()]);
      await compare(readers, again[part], only);
    }
  });
  return { fixed: earlier.fixed, ...again };
}

/**
 * Returns what can't be judged: while something is unfinished, whether all comes to its end, and whether
 * the consumer, if it is behind, has fallen behind.
 */
async function lookAtWhatMoves(
  { kafka, settled }: Subject,
  { order, inventory }: Readers,
  findings: Findings,
  addNote: (invariant: InvariantId, note: string) => void,
): Promise<InvariantId[]> {
  for (const reader of [order, inventory]) await findOpenTransactions(reader, findings);
  const unfinished = settled ? findings : createFindings();
  await runChecks(order, settledChecks, unfinished);
  const judged = settled || unfinished.kept.size === 0;
  const open: InvariantId[] = judged ? [] : ['I10'];
  const behind = kafka ? (await consumerLag(kafka)).filter(({ lag }) => lag > 0) : [];
  if (!judged && behind.length > 0) {
    const total = behind.reduce((sum, { lag }) => sum + lag, 0);
    addNote('I11', `the consumer is ${total} messages behind`);
    open.push('I11');
  }
  for (const { partition, lag } of judged ? behind : []) {
    const id = `partition ${partition}`;
    findings.add({ invariant: 'I11', key: id, id, problem: `the consumer is ${lag} messages behind` });
  }
  return open;
}
