import type { ClaimedMessage } from './message.js';
import type { Sql } from './sql.js';

export interface ClaimOptions {
  readonly batchSize: number;
  readonly leaseSeconds: number;
  /** Fencing token: a uuid, new for each claim. */
  readonly token: string;
}

/**
 * Why it is written this way:
 * - By status and time, never by "id greater than the last", which would skip a row whose
 *   transaction commits late (watermill #311).
 * - The lock is taken in a MATERIALIZED CTE. The planner may run `IN (SELECT ... FOR UPDATE)` more
 *   than once and hand a row to two owners.
 * - A PENDING row is claimed only if it is the first PENDING one of its key, leased or not, so
 *   per-key order survives retries and several relays. The scalar min() keeps the planner from
 *   turning the condition into an anti-join over the whole table.
 * - A PUBLISHED row that is due had no result in time. It is republished whatever its key does.
 * - LIMIT is a literal. With a parameter, a generic plan expects a tenth of the table.
 * - Only the lease columns change, and no index contains them, so the update is heap-only.
 */
export function claimStatement(batchSize: number): string {
  if (!Number.isSafeInteger(batchSize) || batchSize < 1) throw new RangeError(`batchSize is ${batchSize}`);
  return `
WITH due AS MATERIALIZED (
  SELECT o.id
  FROM outbox_messages o
  WHERE o.status IN ('PENDING', 'PUBLISHED')
    AND o.available_at <= now()
    AND (o.leased_until IS NULL OR o.leased_until <= now())
    AND (
      o.status = 'PUBLISHED'
      OR (
        SELECT min(e.seq) FROM outbox_messages e
        WHERE e.key = o.key AND e.status = 'PENDING' AND e.seq < o.seq
      ) IS NULL
    )
  ORDER BY o.available_at, o.seq
  LIMIT ${batchSize}
  FOR UPDATE OF o SKIP LOCKED
)
UPDATE outbox_messages m
SET lease_token = $1::uuid, leased_until = now() + $2::float8 * interval '1 second'
FROM due
WHERE m.id = due.id
RETURNING m.id, m.seq, m.topic, m.key, m.type, m.status, m.payload::text AS payload, m.headers,
  m.attempts, m.failures, m.created_at AS "createdAt"`;
}

/**
 * Leases the messages that are due to this relay, oldest first, for `leaseSeconds` on the
 * database's clock. Two claims never return the same row while its lease lasts. If the relay dies
 * here, its leases expire and need no clean-up.
 */
export async function claimBatch(sql: Sql, options: ClaimOptions): Promise<ClaimedMessage[]> {
  const rows = await sql.$queryRawUnsafe<ClaimedMessage[]>(
    claimStatement(options.batchSize),
    options.token,
    options.leaseSeconds,
  );
  // RETURNING has no order.
  return rows.sort((a, b) => (a.seq < b.seq ? -1 : 1));
}

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
