// Messages that wait for the relay: how fast they reach Kafka, and what a busy key does to others.
import { setTimeout as pause } from 'node:timers/promises';
import { readRow, waitUntilCompleted, waitUntilPublished } from './message-progress.js';
import { placeOneKey, placeOrders } from './orders.js';
import { toDistribution } from './percentiles.js';
import { type Bench, measureSystem, runInWorker, runWhilePaused, sumCpu } from './system.js';

/** When the messages of the busy key are written. Orders before it are the comparison. */
const ALONE_SECONDS = 4;
const WARM_UP_SECONDS = 1;

/** From the first claim to the start of the last mark. */
const PUBLISHED = `SELECT count(*)::int AS messages,
  extract(epoch FROM max(published_at) - min(claimed_at))::float8 AS seconds
FROM outbox_messages WHERE created_at >= $1`;

/**
 * Places orders while the relay is paused, then measures how the relay drains them while the
 * inventory is paused. Both are paused and not stopped, so that a start is not measured.
 */
export async function drainBacklog(bench: Bench, size: number) {
  const { database, signal } = bench;
  const since = new Date();
  const used = await runWhilePaused(bench, ['inventory'], async () => {
    await runWhilePaused(bench, ['relay'], () => database.query(placeOrders, [size]));
    return measureSystem(bench, () => waitUntilPublished(database, signal));
  });
  const { messages, seconds } = await readRow<{ messages: number; seconds: number }>(database, PUBLISHED, [
    since,
  ]);
  await waitUntilCompleted(database, signal);
  const cpu = sumCpu(used.cpuSeconds, (name) => name === 'relay' || name === 'postgres');
  return { size, perSecond: messages / seconds, cpuPerThousand: (cpu / messages) * 1_000 };
}

/** The offset of a message in its partition. */
const OFFSET = `split_part(broker_position, '@', 2)::bigint`;

const KEY_DRAIN = `SELECT count(*)::int AS messages,
  CASE WHEN bool_and(broker_position IS NOT NULL) THEN count(*) FILTER (WHERE is_late)::int END AS "outOfOrder",
  extract(epoch FROM max(published_at) - min(claimed_at))::float8 AS seconds,
  (extract(epoch FROM min(created_at)) * 1000)::float8 AS "from",
  (extract(epoch FROM max(completed_at)) * 1000)::float8 AS "to"
FROM (
  SELECT *, ${OFFSET} < lag(${OFFSET}) OVER (ORDER BY seq) AS is_late FROM outbox_messages WHERE key = $1
) AS messages`;

interface HotKey {
  readonly messages: number;
  /** Orders per second of other keys. */
  readonly rate: number;
  readonly seconds: number;
}

/**
 * Measures how fast the messages of one key are published, and the latency of other orders before
 * them and until the last of them is completed.
 */
export async function measureHotKey(bench: Bench, { messages, rate, seconds }: HotKey) {
  const { stack, database, signal } = bench;
  const task = { url: stack.urls.order, rate, warmUpSeconds: WARM_UP_SECONDS, seconds };
  const [{ messages: others }, key] = await Promise.all([
    runInWorker('openLoop', task, signal),
    pause((WARM_UP_SECONDS + ALONE_SECONDS) * 1_000, undefined, { signal }).then(() =>
      readRow<{ id: string }>(database, placeOneKey, [messages]),
    ),
  ]);
  await waitUntilCompleted(database, signal);
  const { from, to, ...drained } = await readRow<{
    messages: number;
    /** Null without a broker, which has offsets. */
    outOfOrder: number | null;
    seconds: number;
    from: number;
    to: number;
  }>(database, KEY_DRAIN, [key.id]);
  const { rows } = await database.query<{ id: string; completedAt: number }>(
    `SELECT id, (extract(epoch FROM completed_at) * 1000)::float8 AS "completedAt"
     FROM outbox_messages WHERE id = ANY($1)`,
    [others.map(({ id }) => id)],
  );
  const times = new Map(rows.map(({ id, completedAt }) => [id, completedAt]));
  const latencies = (isIn: (at: number) => boolean) =>
    toDistribution(
      others.filter(({ dueAt }) => isIn(dueAt)).map(({ id, dueAt }) => (times.get(id) ?? Number.NaN) - dueAt),
    );
  return {
    ...drained,
    perSecond: drained.messages / drained.seconds,
    rate,
    meanwhile: latencies((at) => at >= from && at <= to),
    alone: latencies((at) => at < from),
  };
}
