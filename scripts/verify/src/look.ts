// One look at both databases. It checks everything, or only the suspects of an earlier look.
import { compareMessages } from './compare-messages.js';
import { compareOrders } from './compare-orders.js';
import { type Broker, readConsumerLag } from './consumer-lag.js';
import { type DatabaseReader, openReader } from './database-reader.js';
import { createFindings } from './findings.js';
import type { InvariantId } from './invariants.js';
import { INVENTORY_CHECKS } from './inventory-checks.js';
import { ORDER_CHECKS, ORDER_NOTES, SETTLED_CHECKS } from './order-checks.js';
import { OPEN_TRANSACTIONS, runChecks, runStatements } from './sql-checks.js';

export interface Subject {
  /** Both URLs must name a role that may read every table, such as lmt_auditor. */
  readonly orderUrl: string;
  readonly inventoryUrl: string;
  readonly kafka?: Broker | null;
  /** Whether the system should be at rest. If so, unfinished work violates I10. */
  readonly settled?: boolean;
}

export type Look = ReturnType<typeof createLook>;

const createLook = () => ({
  /** Findings that one snapshot of one database proves. */
  proven: createFindings(),
  /** Findings that may be artefacts of timing. */
  suspects: { activity: createFindings(), messages: createFindings(), orders: createFindings() },
  notes: [] as { readonly invariant: InvariantId; readonly note: string }[],
  /** Invariants that cannot be checked while work is unfinished. */
  open: [] as InvariantId[],
});

/**
 * Takes a snapshot of the order database, then one of the inventory database. The inventory
 * commits before the order service learns the result, so a CONFIRMED order in the first snapshot
 * has its reservation in the second, and a COMPLETED message has its inbox row. Only an order
 * that changed in the milliseconds between the snapshots can look wrong, and it looks right at
 * the next look. With the inventory first, every order in progress would look wrong.
 *
 * @param earlier an earlier look; if given, only its suspects are checked
 */
export async function lookAt(subject: Subject, earlier?: Look): Promise<Look> {
  await using order = await openReader('order', subject.orderUrl);
  await using inventory = await openReader('inventory', subject.inventoryUrl);
  const look = createLook();
  const { proven, suspects, notes } = look;

  if (earlier?.suspects.activity.kept.size !== 0) await lookAtActivity(subject, order, inventory, look);
  if (!earlier) {
    await Promise.all([
      runChecks(order, ORDER_CHECKS, proven),
      runChecks(inventory, INVENTORY_CHECKS, proven),
    ]);
    for await (const note of runStatements<{ note: string }>(order, ORDER_NOTES)) notes.push(note);
  }
  for (const [part, compare] of [
    ['messages', compareMessages],
    ['orders', compareOrders],
  ] as const) {
    const before = earlier?.suspects[part];
    if (before?.kept.size !== 0) await compare(order, inventory, suspects[part], before?.keys() ?? null);
  }
  return look;
}

/** Checks open transactions, unfinished work and the consumer's lag. */
async function lookAtActivity(
  { kafka, settled = false }: Subject,
  order: DatabaseReader,
  inventory: DatabaseReader,
  { suspects: { activity }, notes, open }: Look,
): Promise<void> {
  for (const reader of [order, inventory]) await runChecks(reader, OPEN_TRANSACTIONS, activity);
  const unfinished = settled ? activity : createFindings();
  await runChecks(order, SETTLED_CHECKS, unfinished);
  const isAtRest = settled || unfinished.kept.size === 0;
  const behind = kafka ? (await readConsumerLag(kafka)).filter(({ lag }) => lag > 0) : [];
  if (isAtRest) {
    for (const { partition, lag } of behind) {
      const id = `partition ${partition}`;
      activity.add({ invariant: 'I11', key: id, id, problem: `consumer lag: ${lag}` });
    }
    return;
  }
  open.push('I10');
  if (behind.length === 0) return;
  open.push('I11');
  const lag = behind.reduce((sum, partition) => sum + partition.lag, 0);
  notes.push({ invariant: 'I11', note: `consumer lag: ${lag}` });
}
