/**
 * Why a statement or transaction failed, by the effect of a retry.
 * - `unavailable`: the database cannot be reached, is starting or stopping, or is overloaded. The
 *   outcome is unknown, because the lost reply may be that of a COMMIT.
 * - `conflict`: rolled back in favour of another transaction. A retry will probably succeed.
 * - `locked`: rolled back, because another transaction held a row for longer than `lock_timeout`.
 * - `data`: a constraint or a type refuses the values. A retry with the same values fails again.
 * - `other`: a fault of the statement, the schema or the role, such as a read-only standby or a
 *   missing grant. It does not depend on the values, and an operator can repair it.
 */
export type DatabaseFailure = 'unavailable' | 'conflict' | 'locked' | 'data' | 'other';

// Prisma's own codes: not reachable, timed out, connection closed, no connection from the pool in
// time, and a transaction that did not start or end in time.
const UNAVAILABLE_PRISMA_CODES = new Set([
  'P1001',
  'P1002',
  'P1008',
  'P1011',
  'P1017',
  'P2024',
  'P2028',
  'P2037',
]);
const UNAVAILABLE_KINDS = new Set([
  'DatabaseNotReachable',
  'ConnectionClosed',
  'SocketTimeout',
  'TooManyConnections',
]);
// SQLSTATE: connection exceptions, too many connections, out of disk or memory, operator
// intervention (shutdown, crash, statement timeout), idle transaction ended.
const UNAVAILABLE_STATES = /^(08|53|57)|^25P03$/;
// Data exceptions, constraints, limits such as the length of an index entry, and a trigger's RAISE.
const DATA_STATES = /^(22|23|54)|^P0001$/;
const CONFLICT_STATES = new Set(['40001', '40P01']);
const LOCK_NOT_AVAILABLE = '55P03';
const SOCKET_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'ETIMEDOUT',
  'EPIPE',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);
// node-postgres has no codes for these errors.
const UNAVAILABLE_TEXTS =
  /connection terminated|timeout exceeded when trying to connect|client has encountered a connection error|not queryable/i;

function classifyLink(link: Record<string, unknown>): DatabaseFailure | null {
  const { code, kind, originalCode, message } = link;
  if (kind === 'TransactionWriteConflict' || code === 'P2034') return 'conflict';
  for (const state of [originalCode, code]) {
    if (typeof state !== 'string') continue;
    if (CONFLICT_STATES.has(state)) return 'conflict';
    if (state === LOCK_NOT_AVAILABLE) return 'locked';
    if (UNAVAILABLE_PRISMA_CODES.has(state) || SOCKET_CODES.has(state)) return 'unavailable';
    if (state.length === 5 && !state.startsWith('P') && UNAVAILABLE_STATES.test(state)) return 'unavailable';
    if (state.length === 5 && DATA_STATES.test(state)) return 'data';
  }
  if (typeof kind === 'string' && UNAVAILABLE_KINDS.has(kind)) return 'unavailable';
  if (link.name === 'PrismaClientInitializationError') return 'unavailable';
  if (typeof message === 'string' && UNAVAILABLE_TEXTS.test(message)) return 'unavailable';
  return null;
}

/** Searches the whole chain of causes: an outer error may carry less than the inner ones. */
export function databaseFailure(error: unknown): DatabaseFailure {
  const seen = new Set<unknown>();
  const queue: unknown[] = [error];
  // The queue grows while it is read. Fields that an error lacks are skipped above.
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
