import { type Percentiles, toPercentiles } from './percentiles.js';
import type { Sql } from './sql.js';
import { type MessageTimes, msSql, STAGE_NAMES, type Stage, toDuration, toMs, toStages } from './stages.js';

const BUCKETS = 60;

/** Limit of finished messages read from each bucket. Bounds the time at any rate. */
const SAMPLE_SIZE = 50;

// The inner LIMIT also counts discarded messages. Otherwise a bucket with many of them would be read
// to its end. Buckets start at multiples of their length, so a later call returns the same ones.
export const MEASURE = `
WITH bounds AS MATERIALIZED (
  SELECT to_timestamp((floor(extract(epoch FROM now()) / $1::int) - ${BUCKETS - 1}) * $1::int) AS from_time,
    $1::int * interval '1 second' AS length
)
SELECT from_time + bucket * length AS at, now() AS "readAt", coalesce(sample.times, '[]') AS times
FROM bounds, generate_series(0, ${BUCKETS - 1}) AS bucket, LATERAL (
  SELECT json_agg(json_build_array(${msSql('created_at')}, ${msSql('claimed_at')}, ${msSql('published_at')},
    result ->> 'receivedAt', result ->> 'processedAt', result ->> 'sentAt', ${msSql('completed_at')})) AS times
  FROM (
    SELECT m.status, m.created_at, m.claimed_at, m.published_at, m.result, m.completed_at FROM outbox_messages m
    WHERE m.status IN ('COMPLETED', 'DISCARDED')
      AND m.completed_at >= from_time + bucket * length AND m.completed_at < from_time + (bucket + 1) * length
    ORDER BY m.completed_at LIMIT ${SAMPLE_SIZE}
  ) AS finished
  WHERE status = 'COMPLETED'
) AS sample
ORDER BY bucket`;

type Text = string | null;
type Row = readonly [number, number | null, number | null, Text, Text, Text, number];

function toTimes([
  createdAt,
  claimedAt,
  publishedAt,
  received,
  processed,
  sent,
  completedAt,
]: Row): MessageTimes {
  const consumer = { receivedAt: toMs(received), processedAt: toMs(processed), sentAt: toMs(sent) };
  return { createdAt, claimedAt, publishedAt, ...consumer, completedAt };
}

const total = ({ createdAt, completedAt }: MessageTimes) => toDuration(createdAt, completedAt);

/** Durations in milliseconds of recently completed messages. */
export interface Speed {
  readonly from: Date;
  readonly to: Date;
  readonly bucketSeconds: number;
  /** A stage for which no message has both times is left out. */
  readonly stages: readonly (Percentiles & { readonly stage: Stage })[];
  /** From the commit to COMPLETED. */
  readonly total: Percentiles | null;
  /** Number of messages in the sample. */
  readonly messages: number;
  /** Oldest first. The last one is still open. */
  readonly buckets: readonly ({ readonly at: Date; readonly messages: number } & (
    | Percentiles
    | Readonly<Record<keyof Percentiles, null>>
  ))[];
}

/**
 * Measures messages that were completed in the last `minutes`, by a sample of the first ones in each
 * of 60 buckets. Reads a bounded number of messages, so it takes the same time in a table of any
 * size.
 */
export async function measureSpeed(sql: Sql, minutes: number): Promise<Speed> {
  const bucketSeconds = (minutes * 60) / BUCKETS;
  const rows = await sql.$queryRawUnsafe<{ at: Date; readAt: Date; times: readonly Row[] }[]>(
    MEASURE,
    bucketSeconds,
  );
  const [first] = rows;
  if (first === undefined) throw new Error('the statement returned no bucket');
  const samples = rows.map(({ at, times }) => ({ at, times: times.map(toTimes) }));
  const all = samples.flatMap(({ times }) => times);
  const durations = all.flatMap(toStages);
  return {
    from: first.at,
    to: first.readAt,
    bucketSeconds,
    stages: STAGE_NAMES.flatMap((stage) => {
      const inStage = durations.filter((duration) => duration.stage === stage);
      const percentiles = toPercentiles(inStage.map(({ ms }) => ms));
      return percentiles === null ? [] : [{ stage, ...percentiles }];
    }),
    total: toPercentiles(all.map(total)),
    messages: all.length,
    buckets: samples.map(({ at, times }) => ({
      at,
      messages: times.length,
      ...(toPercentiles(times.map(total)) ?? { p50: null, p95: null, p99: null }),
    })),
  };
}
