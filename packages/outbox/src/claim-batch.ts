import { BEGINNING, type ClaimScan, findReached } from './claim-scan.js';
import type { ClaimedMessage } from './message.js';
import type { Sql } from './sql.js';

export interface ClaimOptions {
  readonly batchSize: number;
  readonly leaseSeconds: number;
  /** Fencing token: a uuid, new for each claim. */
  readonly token: string;
  /** Messages of other topics are left to relays that know them. Default: any topic. */
  readonly topics?: readonly string[] | null;
  /** Where to resume. Default: every claim starts at the beginning. */
  readonly scan?: Pick<ClaimScan, 'claim'> | undefined;
}

/**
 * Why it is written this way:
 * - By status and time, never by "id greater than the last" alone, which would skip a row whose
 *   transaction commits late (watermill #311). `$3` and `$4` skip only what claim-scan.ts allows.
 * - New and timed rows are two ranges of `outbox_due_idx`, each with its own start, so that dead
 *   index entries of the rows claimed before are not read again.
 * - The lock is taken in MATERIALIZED CTEs. The planner may run `IN (SELECT ... FOR UPDATE)` more
 *   than once and hand a row to two owners. A CTE is read only as far as `due` needs it, so only
 *   claimed rows are locked.
 * - A PENDING row is claimed only if it is the first PENDING one of its key, leased or not, so
 *   per-key order survives retries and several relays. The scalar max() keeps the planner from
 *   turning the condition into an anti-join over the whole table. max() finds the previous message
 *   of the key without reading dead index entries of earlier messages.
 * - A due PUBLISHED row got no result in time. It is republished independently of its key.
 * - LIMIT is a literal. With a parameter, a generic plan expects a tenth of the table.
 * - Only the lease columns change, and no index contains them, so the update is heap-only.
 * - One row is returned even if nothing is claimed, with the ends of both ranges.
 */
export function claimStatement(batchSize: number, newFirst = true): string {
  if (!Number.isSafeInteger(batchSize) || batchSize < 1) throw new RangeError(`batchSize is ${batchSize}`);
  const [first, second] = newFirst ? ['new', 'timed'] : ['timed', 'new'];
  const claimable = `o.status IN ('PENDING', 'PUBLISHED')
    AND (o.leased_until IS NULL OR o.leased_until <= now())
    AND ($5::text[] IS NULL OR o.topic = ANY($5::text[]))
    AND (
      o.status = 'PUBLISHED'
      OR (
        SELECT max(e.seq) FROM outbox_messages e
        WHERE e.key = o.key AND e.status = 'PENDING' AND e.seq < o.seq
      ) IS NULL
    )`;
  return `
WITH new AS MATERIALIZED (
  SELECT o.id FROM outbox_messages o
  WHERE o.available_at = '-infinity' AND o.seq >= $3::bigint AND ${claimable}
  ORDER BY o.seq
  LIMIT ${batchSize}
  FOR UPDATE OF o SKIP LOCKED
), timed AS MATERIALIZED (
  SELECT o.id FROM outbox_messages o
  WHERE o.available_at > '-infinity' AND o.available_at >= $4::timestamptz AND o.available_at <= now()
    AND ${claimable}
  ORDER BY o.available_at, o.seq
  LIMIT ${batchSize}
  FOR UPDATE OF o SKIP LOCKED
), due AS MATERIALIZED (
  SELECT id FROM ${first} UNION ALL SELECT id FROM ${second} LIMIT ${batchSize}
), claimed AS (
  UPDATE outbox_messages m
  SET lease_token = $1::uuid, leased_until = now() + $2::float8 * interval '1 second'
  FROM due
  WHERE m.id = due.id
  RETURNING m.id, m.seq, m.topic, m.key, m.type, m.status, m.payload::text AS payload, m.headers,
    m.attempts, m.failures, m.created_at AS "createdAt", NULLIF(m.available_at, '-infinity') AS "dueAt"
)
SELECT claimed.*, now() AS "claimedAt", (SELECT last_value FROM outbox_messages_seq_seq) AS "lastSeq"
FROM (SELECT) AS always LEFT JOIN claimed ON true`;
}

type ClaimRow = { readonly claimedAt: Date; readonly lastSeq: bigint } & (
  | (ClaimedMessage & { readonly dueAt: Date | null })
  | { readonly id: null }
);

/**
 * Leases the messages that are due to this relay, oldest first, for `leaseSeconds` on the
 * database's clock. Two claims never return the same row while its lease lasts. If the relay dies
 * here, its leases expire and need no clean-up.
 */
export async function claimBatch(sql: Sql, options: ClaimOptions): Promise<ClaimedMessage[]> {
  const { batchSize, leaseSeconds, token, topics = null, scan = FROM_THE_BEGINNING } = options;
  const { claimed } = await scan.claim(async (start) => {
    const rows = await sql.$queryRawUnsafe<ClaimRow[]>(
      claimStatement(batchSize, start.newFirst),
      token,
      leaseSeconds,
      start.seq,
      start.dueAt,
      topics,
    );
    const claimed = rows.filter((row) => row.id !== null);
    const [row] = rows;
    const end = row ? { seq: row.lastSeq, dueAt: row.claimedAt } : start;
    const reached = findReached(claimed, { ...start, isFull: claimed.length >= batchSize, end });
    return { claimed, reached };
  });
  // RETURNING has no order.
  return claimed.sort((a, b) => (a.seq < b.seq ? -1 : 1));
}

const FROM_THE_BEGINNING: Pick<ClaimScan, 'claim'> = {
  claim: (claim) => claim({ ...BEGINNING, newFirst: true }),
};

/**
 * Session settings for the relay's connections. The partial indexes are always the right plan for
 * its statements, but the planner chooses others when the statistics lag behind the queue.
 * `synchronous_commit`: when a crash of the database undoes a claim or a mark, the message is
 * published once more and the inbox removes the duplicate. New messages and results are committed
 * by other sessions.
 */
export const RELAY_SESSION_SETTINGS = {
  enable_seqscan: 'off',
  enable_bitmapscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  synchronous_commit: 'off',
} as const;
