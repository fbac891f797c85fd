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

/** The most messages of one key in a claim. Bounds how long one key delays the others. */
export const LONGEST_RUN = 100;
// A key is crowded if this many of the first SAMPLE waiting messages of a kind have it.
const SAMPLE = 100;
const CROWD = 5;

/** A range of `outbox_due_idx`. */
const NEW = {
  kind: 'new',
  range: `o.available_at = '-infinity'`,
  column: 'o.seq',
  start: '$3::bigint',
  order: 'o.seq',
};
const TIMED = {
  kind: 'timed',
  range: `o.available_at > '-infinity' AND o.available_at <= now()`,
  column: 'o.available_at',
  start: '$4::timestamptz',
  order: 'o.available_at, o.seq',
};
type KindOfMessage = typeof NEW;

/**
 * Why it is written this way:
 * - By status and time, never by "id greater than the last" alone, which would skip a row whose
 *   transaction commits late (watermill #311). `$3` and `$4` skip only what claim-scan.ts allows.
 * - New and timed rows are two ranges of `outbox_due_idx`, each with its own start, so that dead
 *   index entries of the rows claimed before are not read again.
 * - The lock is taken in MATERIALIZED CTEs. The planner may run `IN (SELECT ... FOR UPDATE)` more
 *   than once and hand a row to two owners. A CTE is read only as far as `heads` needs it, so only
 *   claimed rows are locked.
 * - A PENDING head is the first PENDING message of its key, leased or not, so per-key order
 *   survives retries and several relays. The scalar subquery keeps the planner from turning the
 *   condition into an anti-join over the whole table. It finds the previous message of the key
 *   without reading dead index entries of earlier messages.
 * - A PENDING head that this claim has locked may take followers along: the next PENDING messages
 *   of its key and topic, up to the first one that is leased, locked or not due. A claim that
 *   cannot lock the head takes none, so two claims never share a key. `rank` counts all PENDING
 *   messages of the key and `position` only the locked ones. They differ after a gap.
 * - A due PUBLISHED row got no result in time. It is republished independently of its key, so it
 *   has no followers. The status is the locked row's, because another relay may have published the
 *   message since the statement began.
 * - Of a crowded key, the scan checks only the first message. Otherwise each claim would look up
 *   the previous message for each of thousands of messages that wait behind their head. The scan
 *   starts at the sample's first message, so that dead index entries before it are read once.
 * - Rows are looked up in the order of an index, with LIMIT or by an array of ids, never by a join.
 *   The planner would join over a whole index if the statistics describe a small table. Followers
 *   are locked by `w.status` for the same reason, because a constant one fits partial indexes.
 * - LIMIT is a literal. With a parameter, a generic plan expects a tenth of the table.
 * - Only the lease columns change, and no index contains them, so the update is heap-only.
 * - One row is returned even if nothing is claimed, with the ends of both ranges.
 */
export function claimStatement(batchSize: number, newFirst = true): string {
  if (!Number.isSafeInteger(batchSize) || batchSize < 1) throw new RangeError(`batchSize is ${batchSize}`);
  const [first, second] = newFirst ? ['new', 'timed'] : ['timed', 'new'];
  const isFree = `o.status IN ('PENDING', 'PUBLISHED')
    AND (o.leased_until IS NULL OR o.leased_until <= now())
    AND ($5::text[] IS NULL OR o.topic = ANY($5::text[]))`;
  const lockHeads = ({
    kind,
    range,
    column,
    start,
    order,
  }: KindOfMessage) => `nearest_${kind} AS MATERIALIZED (
  SELECT o.key, o.seq, o.status, o.available_at FROM outbox_messages o
  WHERE ${range} AND ${column} >= ${start} AND ${isFree}
  ORDER BY ${order} LIMIT ${SAMPLE}
), crowded_${kind} AS MATERIALIZED (
  SELECT key, min(seq) AS first FROM nearest_${kind} WHERE status = 'PENDING' GROUP BY key HAVING count(*) >= ${CROWD}
), ${kind} AS MATERIALIZED (
  SELECT o.id, o.seq, o.topic, o.key, o.status FROM outbox_messages o
  WHERE ${range} AND ${column} >= (SELECT min(${column}) FROM nearest_${kind} o) AND ${isFree}
    AND (
      o.status = 'PUBLISHED'
      OR coalesce(o.seq <= (SELECT first FROM crowded_${kind} c WHERE c.key = o.key), true)
      AND (
        SELECT e.seq FROM outbox_messages e
        WHERE e.key = o.key AND e.status = 'PENDING' AND e.seq < o.seq
        ORDER BY e.seq DESC LIMIT 1
      ) IS NULL
    )
  ORDER BY ${order}
  LIMIT ${batchSize}
  FOR UPDATE OF o SKIP LOCKED
)`;
  return `
WITH ${lockHeads(NEW)}, ${lockHeads(TIMED)}, heads AS MATERIALIZED (
  SELECT * FROM ${first} UNION ALL SELECT * FROM ${second} LIMIT ${batchSize}
), waiting AS MATERIALIZED (
  SELECT w.*, h.key, w.topic = h.topic AND w.available_at <= now() AND w.rank < ${LONGEST_RUN} AS fits
  FROM heads h CROSS JOIN LATERAL (
    SELECT m.id, m.seq, m.status, m.topic, m.available_at, row_number() OVER (ORDER BY m.seq) AS rank
    FROM outbox_messages m
    WHERE m.key = h.key AND m.status = 'PENDING' AND m.seq > h.seq
    ORDER BY m.seq
    LIMIT ${LONGEST_RUN}
  ) AS w
  WHERE h.status = 'PENDING'
  LIMIT ${batchSize} - (SELECT count(*) FROM heads)
), locked AS MATERIALIZED (
  SELECT w.id, w.rank, row_number() OVER (PARTITION BY w.key ORDER BY w.seq) AS position
  FROM waiting w CROSS JOIN LATERAL (
    SELECT 1 FROM outbox_messages o
    WHERE o.id = w.id AND o.status = w.status AND (o.leased_until IS NULL OR o.leased_until <= now())
    FOR UPDATE SKIP LOCKED
  ) AS l
  WHERE w.fits
), followers AS MATERIALIZED (
  SELECT id FROM locked WHERE position = rank
), due AS MATERIALIZED (
  SELECT id FROM heads UNION ALL SELECT id FROM followers
), claimed AS (
  UPDATE outbox_messages m
  SET lease_token = $1::uuid, leased_until = now() + $2::float8 * interval '1 second'
  WHERE m.id = ANY (ARRAY (SELECT id FROM due))
  RETURNING m.id, m.seq, m.topic, m.key, m.type, m.status, m.payload::text AS payload, m.headers,
    m.attempts, m.failures, m.created_at AS "createdAt", NULLIF(m.available_at, '-infinity') AS "dueAt"
)
SELECT claimed.*, now() AS "claimedAt", (SELECT last_value FROM outbox_messages_seq_seq) AS "lastSeq",
  (SELECT count(*) FROM waiting) > (SELECT count(*) FROM followers) AS "leavesFollowers"
FROM (SELECT) AS always LEFT JOIN claimed ON true`;
}

type ClaimRow = { readonly claimedAt: Date; readonly lastSeq: bigint; readonly leavesFollowers: boolean } & (
  | (ClaimedMessage & { readonly dueAt: Date | null })
  | { readonly id: null }
);

export interface ClaimedBatch {
  /** In the order of writing. */
  readonly messages: readonly ClaimedMessage[];
  /**
   * True if another claim may find messages without a wake-up or tick: the batch is full, or
   * messages wait for claimed ones of their key.
   */
  readonly mayLeaveDue: boolean;
}

/**
 * Leases the messages that are due to this relay, oldest first, for `leaseSeconds` on the
 * database's clock. Two claims never return the same row while its lease lasts. No earlier PENDING
 * message of a key is missing, except one that an operator requeues meanwhile. If the relay dies
 * here, its leases expire and need no clean-up.
 */
export async function claimBatch(sql: Sql, options: ClaimOptions): Promise<ClaimedBatch> {
  const { batchSize, leaseSeconds, token, topics = null, scan = FROM_THE_BEGINNING } = options;
  const { claimed, mayLeaveDue } = await scan.claim(async (start) => {
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
    const isFull = claimed.length >= batchSize;
    const reached = findReached(claimed, { ...start, isFull, end });
    return { claimed, reached, mayLeaveDue: isFull || (row?.leavesFollowers ?? false) };
  });
  // RETURNING has no order.
  return { messages: claimed.sort((a, b) => (a.seq < b.seq ? -1 : 1)), mayLeaveDue };
}

const FROM_THE_BEGINNING: Pick<ClaimScan, 'claim'> = {
  claim: (claim) => claim({ ...BEGINNING, newFirst: true }),
};

/**
 * Session settings for the relay's connections. The statistics always lag behind the queue, so the
 * plans must not depend on them. A claim of 500 among 30,000 messages would otherwise sometimes take
 * more than a second instead of 5 ms, until the next ANALYZE.
 * `enable_*`: each row is looked up by an index in the order of that index.
 * `random_page_cost`: of two such indexes the smaller one is used. The planner would avoid a partial
 * index with empty pages, and read all finished messages of a key in the other one.
 * `jit`: without sequential scans, Postgres before 18 expects a claim, which reads a sequence, to be
 * expensive. On 15 with LLVM it compiles each claim, which then takes 620 ms instead of 1 ms.
 * `synchronous_commit`: when a crash of the database undoes a claim or a mark, the message is
 * published once more and the inbox removes the duplicate. New messages and results are committed
 * by other sessions.
 */
export const RELAY_SESSION_SETTINGS = {
  enable_seqscan: 'off',
  enable_bitmapscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  enable_sort: 'off',
  random_page_cost: '0',
  jit: 'off',
  synchronous_commit: 'off',
} as const;
