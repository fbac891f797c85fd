// One look at everything, or once more at what was suspicious.
import { compareMessages } from './compare-messages.mjs';
import { compareOrders } from './compare-orders.mjs';
import { consumerLag } from './consumer-lag.mjs';
import { openReader } from './database-reader.mjs';
import { createFindings } from './findings.mjs';
import { inventoryChecks } from './inventory-checks.mjs';
import { mergeById } from './merge-by-id.mjs';
import { findOpenTransactions } from './open-transactions.mjs';
import { orderChecks, orderNotes, settledChecks } from './order-checks.mjs';

/** @typedef {import('./database-reader.mjs').DatabaseReader} DatabaseReader */
/** @typedef {import('./findings.mjs').Findings} Findings */
/** @typedef {import('./invariants.mjs').InvariantId} InvariantId */
/** @typedef {{ order: DatabaseReader, inventory: DatabaseReader, merge: typeof mergeById }} Readers */
/**
 * @typedef {object} Subject
 * @property {string} orderUrl
 * @property {string} inventoryUrl
 * @property {import('./consumer-lag.mjs').Kafka | null} kafka
 * @property {boolean} settled
 */

const listed = 1_000;

/** @param {DatabaseReader} reader @param {readonly import('./order-checks.mjs').SqlCheck[]} checks @param {Findings} findings */
async function runChecks(reader, checks, findings) {
  for (const { invariant, sql } of checks) {
    /** @type {{ id: string, problem: string, total: string }[]} */
    const rows = await reader.rows(
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
 *
 * @template T
 * @param {Subject} subject
 * @param {(readers: Readers) => Promise<T>} work
 */
async function withSnapshots({ orderUrl, inventoryUrl }, work) {
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

/** @param {Findings} findings @param {(InvariantId)[]} invariants */
function keysOf(findings, invariants) {
  const found = [...findings.kept.values()].filter(({ invariant }) => invariants.includes(invariant));
  return [...new Set(found.map(({ key }) => key))];
}

/** @typedef {{ fixed: Findings, messages: Findings, orders: Findings, moving: Findings }} Look */

/**
 * The first look. `fixed` is certain: it was seen in one snapshot of one database. The others may have
 * to do with the moment.
 *
 * @param {Subject} subject
 */
export async function lookAtEverything(subject) {
  const found = {
    fixed: createFindings(),
    messages: createFindings(),
    orders: createFindings(),
    moving: createFindings(),
  };
  /** @type {Map<InvariantId, string[]>} */
  const notes = new Map();
  /** @param {InvariantId} invariant @param {string} note */
  const addNote = (invariant, note) => notes.set(invariant, [...(notes.get(invariant) ?? []), note]);

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
      /** @type {{ note: string }[]} */
      const rows = await order.rows(sql);
      for (const { note } of rows) addNote(invariant, note);
    }
    return unjudged;
  });
  return { found, notes, open };
}

/**
 * Looks once more at what an earlier look found suspicious.
 *
 * @param {Subject} subject
 * @param {Look} earlier
 * @returns {Promise<Look>}
 */
export async function lookAgain(subject, earlier) {
  const again = { messages: createFindings(), orders: createFindings(), moving: createFindings() };
  await withSnapshots(subject, async (readers) => {
    if (earlier.moving.kept.size > 0) await lookAtWhatMoves(subject, readers, again.moving, () => {});
    for (const { part, compare } of /** @type {const} */ ([
      { part: 'messages', compare: compareMessages },
      { part: 'orders', compare: compareOrders },
    ])) {
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
 *
 * @param {Subject} subject
 * @param {Readers} readers
 * @param {Findings} findings
 * @param {(invariant: InvariantId, note: string) => void} addNote
 * @returns {Promise<InvariantId[]>}
 */
async function lookAtWhatMoves({ kafka, settled }, { order, inventory }, findings, addNote) {
  for (const reader of [order, inventory]) await findOpenTransactions(reader, findings);
  const unfinished = settled ? findings : createFindings();
  await runChecks(order, settledChecks, unfinished);
  const judged = settled || unfinished.kept.size === 0;
  /** @type {InvariantId[]} */
  const open = judged ? [] : ['I10'];
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
