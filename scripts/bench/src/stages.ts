// The stages of an order between POST and COMPLETED, from the times that its message keeps.
import { toDistribution } from './percentiles.js';

/** Milliseconds since 1970. NaN: unknown. */
export interface OrderTimes {
  /** When the order was scheduled. */
  readonly dueAt: number;
  /** Start of the order's transaction. */
  readonly createdAt: number;
  readonly claimedAt: number;
  /** Start of the transaction that marked it, after Kafka's acknowledgement. */
  readonly publishedAt: number;
  readonly receivedAt: number;
  /** After the commit of the consumer's transaction. */
  readonly processedAt: number;
  readonly sentAt: number;
  /** Start of the completing transaction. */
  readonly completedAt: number;
}

const STAGES = [
  ["POST -> order's transaction", 'dueAt', 'createdAt'],
  ['-> claimed', 'createdAt', 'claimedAt'],
  ['-> acknowledged by Kafka', 'claimedAt', 'publishedAt'],
  ['-> received by the consumer', 'publishedAt', 'receivedAt'],
  ['-> stock committed', 'receivedAt', 'processedAt'],
  ['-> result sent', 'processedAt', 'sentAt'],
  ['-> completing transaction', 'sentAt', 'completedAt'],
  ['POST -> COMPLETED', 'dueAt', 'completedAt'],
] as const;

export const STAGE_NAMES: readonly string[] = STAGES.map(([name]) => name);

/** Summarises each stage in milliseconds. Orders with an unknown time are left out of its stage. */
export function toStages(orders: readonly OrderTimes[]) {
  return STAGES.map(([name, from, to]) => ({
    name,
    ...toDistribution(orders.map((times) => times[to] - times[from]).filter((ms) => !Number.isNaN(ms))),
  }));
}

const epochMs = (time: string) => `(extract(epoch FROM ${time}) * 1000)::float8`;
const resultMs = (field: string) => epochMs(`(result ->> '${field}')::timestamptz`);

/** Reads the times of the messages with the ids $1. */
export const READ_TIMES = `SELECT id, ${epochMs('created_at')} AS "createdAt", ${epochMs('claimed_at')} AS "claimedAt",
  ${epochMs('published_at')} AS "publishedAt", ${resultMs('receivedAt')} AS "receivedAt",
  ${resultMs('processedAt')} AS "processedAt", ${resultMs('sentAt')} AS "sentAt",
  ${epochMs('completed_at')} AS "completedAt"
FROM outbox_messages WHERE id = ANY($1)`;

type Row = { readonly id: string } & Readonly<Record<Exclude<keyof OrderTimes, 'dueAt'>, number | null>>;

/** Joins the times of the messages with those of the load generator. */
export function toTimes(
  rows: readonly Row[],
  due: readonly { readonly id: string; readonly dueAt: number }[],
) {
  const byId = new Map(rows.map((row) => [row.id, row]));
  return due.map(({ id, dueAt }): OrderTimes => {
    const read = (name: Exclude<keyof OrderTimes, 'dueAt'>) => byId.get(id)?.[name] ?? Number.NaN;
    return {
      dueAt,
      createdAt: read('createdAt'),
      claimedAt: read('claimedAt'),
      publishedAt: read('publishedAt'),
      receivedAt: read('receivedAt'),
      processedAt: read('processedAt'),
      sentAt: read('sentAt'),
      completedAt: read('completedAt'),
    };
  });
}
