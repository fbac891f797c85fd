/**
 * Why a statement or transaction failed, and whether a retry helps.
 * - `unavailable`: the database cannot be reached or used, for example during an outage or an
 *   overload, after a refused login, without a permission, or on a read-only standby. The values
 *   are not at fault. The outcome is unknown, because the reply to a COMMIT may be lost.
 * - `conflict`: certainly rolled back, because of another transaction or a stale connection. A
 *   retry probably succeeds.
 * - `locked`: rolled back because another transaction locked a row for longer than `lock_timeout`.
 * - `data`: a constraint or a type refuses the values. A retry with the same values fails again.
 * - `other`: not an error of the database.
 */
export type DatabaseFailure = 'unavailable' | 'conflict' | 'locked' | 'data' | 'other';

/** Errors of stale connections: a changed plan, or a lost or foreign prepared statement. */
export const STALE_STATEMENT = /^(0A000|26000|42P05)$/;
/** A standby, a former primary, or a database that was read-only when the session began. */
export const READ_ONLY = /^25006$/;

interface Verdict {
  /** Matches a SQLSTATE, a code of Prisma or a code of the socket. */
  readonly codes?: RegExp;
  /** Matches the `kind` of the driver adapter's error. */
  readonly kinds?: RegExp;
  /** Matches the text of an error that has no code. */
  readonly texts?: RegExp;
  readonly failure: Exclude<DatabaseFailure, 'other'>;
  readonly reason: string;
  /** Whether it occurs only while connecting, before any statement is sent. */
  readonly isNotSent?: true;
}

// The first verdict that matches an error applies. An unlisted SQLSTATE is `unavailable`, because
// only an error that proves the values wrong may be `data`.
const VERDICTS: readonly Verdict[] = [
  {
    codes: STALE_STATEMENT,
    failure: 'conflict',
    reason: 'a prepared statement was out of date; its connection is replaced',
  },
  {
    codes: /^(40001|40P01|P2034)$/,
    kinds: /^TransactionWriteConflict$/,
    failure: 'conflict',
    reason: 'another transaction changed the same rows',
  },
  {
    codes: /^55P03$/,
    failure: 'locked',
    reason: 'another transaction holds a lock on the same rows or table',
  },
  {
    // Data exceptions, constraints, exceeded limits (such as index entry size), RAISE.
    codes: /^(22...|23...|54...|P0001)$/,
    failure: 'data',
    reason: 'the database refuses the values',
  },
  {
    codes: READ_ONLY,
    failure: 'unavailable',
    reason:
      'the database is read-only: it is a standby or a former primary, or default_transaction_read_only is on',
  },
  {
    codes: /^(28...|P1000|P1010)$/,
    kinds: /^(AuthenticationFailed|DatabaseAccessDenied)$/,
    failure: 'unavailable',
    reason: 'the database refuses the login of this service: check the user and password of its URL',
    isNotSent: true,
  },
  {
    codes: /^42501$/,
    failure: 'unavailable',
    reason: 'the login of this service lacks a permission: restore its GRANT or run the migrations',
  },
  {
    codes: /^(3D000|P1003)$/,
    kinds: /^DatabaseDoesNotExist$/,
    failure: 'unavailable',
    reason: 'the database named in the URL does not exist',
    isNotSent: true,
  },
  {
    codes: /^(42P01|42703|42704|42883|3F000|P2021|P2022)$/,
    kinds: /^(TableDoesNotExist|ColumnNotFound)$/,
    failure: 'unavailable',
    reason: 'the schema of the database does not fit this version: run the migrations',
  },
  {
    codes: /^(53300|P2037)$/,
    kinds: /^TooManyConnections$/,
    failure: 'unavailable',
    reason: 'the database has no free connection: raise max_connections or run fewer instances',
    isNotSent: true,
  },
  {
    codes: /^(53[12]00|58030)$/,
    failure: 'unavailable',
    reason: 'the database has no disk space or memory left, or cannot write its files',
  },
  {
    codes: /^(57014|P1008)$/,
    failure: 'unavailable',
    reason: 'a statement took too long, or an operator cancelled it',
  },
  {
    codes: /^57P03$/,
    failure: 'unavailable',
    reason: 'the database is starting, stopping or recovering',
    isNotSent: true,
  },
  {
    codes: /^57P0.$/,
    failure: 'unavailable',
    reason: 'the database is stopping, or ended the connection',
  },
  {
    codes: /^(25P0[34]|P2028)$/,
    failure: 'unavailable',
    reason: 'a transaction did not start or end in time',
  },
  {
    codes: /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|P1001)$/,
    kinds: /^DatabaseNotReachable$/,
    failure: 'unavailable',
    reason: 'the database cannot be reached at the address of its URL',
    isNotSent: true,
  },
  {
    // An open connection can lose its route, too.
    codes: /^(EHOSTUNREACH|EHOSTDOWN|ENETUNREACH)$/,
    failure: 'unavailable',
    reason: 'the database cannot be reached at the address of its URL',
  },
  {
    codes:
      /^(P1011|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|CERT_.*|ERR_TLS_.*|HOSTNAME_MISMATCH|UNABLE_TO_.*)$/,
    kinds: /^TlsConnectionError$/,
    texts: /^(The server does not support SSL|There was an error establishing an SSL) connection/,
    failure: 'unavailable',
    reason: 'no TLS connection to the database: check sslmode and the certificates of its URL',
    isNotSent: true,
  },
  {
    codes: /^(P1002|P2024)$/,
    texts: /timeout exceeded when trying to connect|timeout expired|due to connection timeout/i,
    failure: 'unavailable',
    reason: 'no connection to the database within the time-out: it does not answer, or all are in use',
    isNotSent: true,
  },
  {
    // PgBouncer uses this code for every connection that it refuses.
    codes: /^08P01$/,
    failure: 'unavailable',
    reason:
      'a pooler refuses the connection; if it rejects a startup parameter, add pooler=session to the URL',
  },
  {
    texts: /^the pooler is not in session mode/,
    failure: 'unavailable',
    reason: 'the pooler of the URL is not in session mode (pool_mode), or has no server_reset_query',
    isNotSent: true,
  },
  {
    codes: /^(08...|ECONNRESET|ECONNABORTED|ETIMEDOUT|EPIPE|P1017)$/,
    kinds: /^(ConnectionClosed|SocketTimeout)$/,
    // node-postgres has no codes for these errors.
    texts: /connection terminated|client has encountered a connection error|not queryable/i,
    failure: 'unavailable',
    reason: 'the connection to the database broke',
  },
  {
    // Every other SQLSTATE. Their classes begin with a digit, except these.
    codes: /^(\d[\dA-Z]{4}|(F0|HV|P0|XX)[\dA-Z]{3})$/,
    failure: 'unavailable',
    reason: 'the database failed to run a statement; see its log',
  },
];

interface Match {
  readonly verdict: Verdict;
  readonly code: string | null;
}

function matchLink({ code, kind, originalCode, message, name }: Record<string, unknown>): Match | null {
  for (const value of [originalCode, code]) {
    const verdict = VERDICTS.find(({ codes }) => typeof value === 'string' && codes?.test(value));
    if (verdict) return { verdict, code: String(value) };
  }
  const verdict =
    VERDICTS.find(({ kinds }) => typeof kind === 'string' && kinds?.test(kind)) ??
    VERDICTS.find(({ texts }) => typeof message === 'string' && texts?.test(message)) ??
    (name === 'PrismaClientInitializationError' ? VERDICTS.find(({ codes }) => codes?.test('P1001')) : null);
  return verdict ? { verdict, code: null } : null;
}

/** Finds the verdict on the first error in the chain of causes that has one. */
function findMatch(error: unknown): Match | null {
  const seen = new Set<unknown>();
  const queue: unknown[] = [error];
  // The queue grows while the loop reads it. The check below skips fields that an error lacks.
  for (const link of queue) {
    if (typeof link !== 'object' || link === null || seen.has(link)) continue;
    seen.add(link);
    const fields = link as Record<string, unknown>;
    const match = matchLink(fields);
    if (match !== null) return match;
    queue.push(fields.cause, fields.meta, fields.driverAdapterError);
  }
  return null;
}

export function databaseFailure(error: unknown): DatabaseFailure {
  return findMatch(error)?.verdict.failure ?? 'other';
}

// Without the classes of errors that can end the connection, possibly after the commit.
const STATEMENT_ERROR = /^(?!08|25P|53|57P|58)\d[\dA-Z]{4}$/;

/** Whether the failed statement certainly did not commit: it was not sent, or Postgres reported its failure. */
export function isNotCommitted(error: unknown): boolean {
  const match = findMatch(error);
  return match !== null && (match.verdict.isNotSent === true || STATEMENT_ERROR.test(match.code ?? ''));
}

/** Describes a failure of the database in one line for the operator. Null for any other error. */
export function databaseReason(error: unknown): string | null {
  const match = findMatch(error);
  if (match === null) return null;
  return match.code === null ? match.verdict.reason : `${match.verdict.reason} (${match.code})`;
}
