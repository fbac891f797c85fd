// One look at both databases. It checks everything, or only the suspects of an earlier look.
import { compareMessages } from './compare-messages.js';
import { compareOrders } from './compare-orders.js';
import { type Broker, readConsumerLag } from './consumer-lag.js';
import { type DatabaseReader, openReader, UnreadableError } from './database-reader.js';
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
  /** Invariants that cannot be checked at present, each with the reason. */
  open: new Map<InvariantId, string>(),
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
  const look = createLook();
  const { proven, suspects, notes } = look;
  const checksActivity = earlier?.suspects.activity.kept.size !== 0;
  // Read before the snapshots, because a held snapshot keeps vacuum from removing dead rows.
  const lag = checksActivity && subject.kafka ? await readLag(subject.kafka) : [];
  await using order = await openReader('order', subject.orderUrl);
  await using inventory = await openReader('inventory', subject.inventoryUrl);

  if (checksActivity) await lookAtActivity(subject, lag, order, inventory, look);
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

const UNFINISHED = 'cannot be checked while anything is unfinished';

/**
 * Returns the consumer's lag, or the reason why it cannot be read. The databases can be checked
 * without it.
 */
async function readLag(kafka: Broker) {
  try {
    return (await readConsumerLag(kafka)).filter(({ lag }) => lag > 0);
  } catch (error) {
    if (error instanceof UnreadableError) return error;
    throw error;
  }
}

/** Checks open transactions, unfinished work and the consumer's lag. */
async function lookAtActivity(
  { kafka, settled = false }: Subject,
  lag: Awaited<ReturnType<typeof readLag>>,
  order: DatabaseReader,
  inventory: DatabaseReader,
  { suspects: { activity }, notes, open }: Look,
): Promise<void> {
  for (const reader of [order, inventory]) await runChecks(reader, OPEN_TRANSACTIONS, activity);
  const unfinished = settled ? activity : createFindings();
  await runChecks(order, SETTLED_CHECKS, unfinished);
  const isAtRest = settled || unfinished.kept.size === 0;
  if (!isAtRest) open.set('I10', UNFINISHED);
  if (lag instanceof UnreadableError) {
    const problem = `the consumer lag was not checked: ${lag.message}`;
    if (settled) activity.add({ invariant: 'I11', key: 'kafka', id: 'Kafka', problem });
    else open.set('I11', problem);
    return;
  }
  if (isAtRest) {
    for (const { partition, lag: records } of lag) {
      const id = `partition ${partition}`;
      activity.add({ invariant: 'I11', key: id, id, problem: `consumer lag: ${records}` });
    }
  } else if (lag.length > 0) {
    open.set('I11', UNFINISHED);
    notes.push({ invariant: 'I11', note: `consumer lag: ${lag.reduce((sum, { lag }) => sum + lag, 0)}` });
  } else if (kafka?.bootstrap) {
    const taken = await countTakenElsewhere(order, inventory);
    if (taken > 0) notes.push({ invariant: 'I11', note: `${taken} ${TAKEN_ELSEWHERE}` });
  }
}

const TAKEN_ELSEWHERE =
  'messages without an inbox row, although they were published over a minute ago and the topic is read to its end; ' +
  'probably another stack shares this Kafka and consumes them (give each stack its own KAFKA_TOPIC_PREFIX and KAFKA_GROUP_ID)';

/**
 * Counts messages without an inbox row that were last published over a minute ago, up to a limit.
 * Another consumer read them.
 */
async function countTakenElsewhere(order: DatabaseReader, inventory: DatabaseReader): Promise<number> {
  const ids: string[] = [];
  for await (const { id } of order.rows<{ id: string }>(
    `SELECT id FROM outbox_messages WHERE status = 'PUBLISHED' AND published_at < now() - interval '1 minute'
      AND NOT EXISTS (
        SELECT FROM jsonb_array_elements(history) AS entry
        WHERE entry ->> 'event' = 'republished' AND (entry ->> 'at')::timestamptz > now() - interval '1 minute'
      )
    ORDER BY published_at LIMIT 1000`,
  )) {
    ids.push(id);
  }
  let received = 0;
  const receivedSql = `SELECT id FROM inbox_messages WHERE id = ANY('{${ids.join(',')}}'::uuid[])`;
  for await (const _ of inventory.rows(receivedSql)) received += 1;
  return ids.length - received;
}
