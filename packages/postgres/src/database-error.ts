/**
 * Why a statement or transaction failed, and whether a retry helps.
 * - `unavailable`: the database cannot be reached, is starting or stopping, or is overloaded. The
 *   outcome is unknown, because the reply to a COMMIT may be lost.
 * - `conflict`: rolled back in favour of another transaction. A retry probably succeeds.
 * - `locked`: rolled back because another transaction locked a row for longer than `lock_timeout`.
 * - `data`: a constraint or a type refuses the values. A retry with the same values fails again.
 * - `other`: a fault that does not depend on the values, such as a read-only standby or a missing
 *   grant. An operator can repair it.
 */
export type DatabaseFailure = 'unavailable' | 'conflict' | 'locked' | 'data' | 'other';

// Prisma's own codes for: unreachable, timed out, connection closed, no free connection in the
// pool, and a transaction that did not start or end in time.
const PRISMA_UNAVAILABLE = /^P(1001|1002|1008|1011|1017|2024|2028|2037)$/;
const SOCKET_UNAVAILABLE =
  /^E(CONNREFUSED|CONNRESET|CONNABORTED|TIMEDOUT|PIPE|HOSTUNREACH|HOSTDOWN|NETUNREACH|NOTFOUND|AI_AGAIN)$/;
// SQLSTATE: connection exceptions, too many connections, out of disk or memory, operator
// intervention (shutdown, crash, statement timeout), idle transaction ended.
const UNAVAILABLE_STATES = /^(08...|53...|57...|25P03)$/;
// SQLSTATE: data exceptions, constraints, exceeded limits (such as index entry size), RAISE.
const DATA_STATES = /^(22...|23...|54...|P0001)$/;
const CONFLICT_STATES = /^(40001|40P01|P2034)$/;
const LOCK_NOT_AVAILABLE = '55P03';
const UNAVAILABLE_KINDS = /^(DatabaseNotReachable|ConnectionClosed|SocketTimeout|TooManyConnections)$/;
// node-postgres has no codes for these errors.
const UNAVAILABLE_TEXTS =
  /connection terminated|timeout exceeded when trying to connect|client has encountered a connection error|not queryable/i;

function classifyLink(link: Record<string, unknown>): DatabaseFailure | null {
  const { code, kind, originalCode, message, name } = link;
  if (kind === 'TransactionWriteConflict') return 'conflict';
  for (const state of [originalCode, code]) {
    if (typeof state !== 'string') continue;
    if (CONFLICT_STATES.test(state)) return 'conflict';
    if (state === LOCK_NOT_AVAILABLE) return 'locked';
    const patterns = [PRISMA_UNAVAILABLE, SOCKET_UNAVAILABLE, UNAVAILABLE_STATES];
    if (patterns.some((pattern) => pattern.test(state))) return 'unavailable';
    if (DATA_STATES.test(state)) return 'data';
  }
  if (typeof kind === 'string' && UNAVAILABLE_KINDS.test(kind)) return 'unavailable';
  if (name === 'PrismaClientInitializationError') return 'unavailable';
  if (typeof message === 'string' && UNAVAILABLE_TEXTS.test(message)) return 'unavailable';
  return null;
}

/** Classifies a failure by the first error in its chain of causes that shows the reason. */
export function databaseFailure(error: unknown): DatabaseFailure {
  const seen = new Set<unknown>();
  const queue: unknown[] = [error];
  // The queue grows while the loop reads it. The check below skips fields that an error lacks.
  for (const link of queue) {
    if (typeof link !== 'object' || link === null || seen.has(link)) continue;
    seen.add(link);
    const fields = link as Record<string, unknown>;
    const failure = classifyLink(fields);
    if (failure !== null) return failure;
    queue.push(fields.cause, fields.meta, fields.driverAdapterError);
  }
  return 'other';
}
