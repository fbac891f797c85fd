import { Socket } from 'node:net';
import { toConnection, toPooledSettings } from '@lmt/database-url';
import pg from 'pg';
import { databaseReason } from './database-error.js';
import { replaceStaleConnections } from './replace-stale-connections.js';

export interface PostgresOptions {
  readonly url: string;
  /** Name of the sessions in pg_stat_activity. */
  readonly applicationName: string;
  readonly poolSize: number;
  /** Time limit for a new connection and for the wait for a free one. Default 3 s. */
  readonly connectTimeoutMs?: number;
  /** Connections that are silent for this long are cut. Default 20 s, longer than any statement. */
  readonly silenceMs?: number;
  /** Additional settings of each session, such as `synchronous_commit`. */
  readonly sessionSettings?: Readonly<Record<string, string>>;
  /** Called when an idle connection breaks. The pool replaces the connection. */
  readonly onConnectionError: (error: Error) => void;
  /** Called with the new pool, for example to observe its use. */
  readonly onOpen?: (pool: pg.Pool) => void;
}

// These time-outs end every wait for a connection, a statement or a forgotten transaction with an
// error. Do not set pg's own query_timeout. It drops the ROLLBACK of a stalled connection, and the
// pool then hands out that connection inside an open transaction (node-postgres #3399).
export const CONNECT_TIMEOUT_MS = 3_000;
const SILENCE_MS = 20_000;
// Shorter than SILENCE_MS, so that idle connections are closed properly before they are cut.
const IDLE_MS = 15_000;
// Moves a pool that only reads to the new primary after a failover. Writes fail on the old primary,
// which replaces the connections at once.
const LIFETIME_SECONDS = 300;
const SESSION_DEFAULTS = {
  statement_timeout: '10000',
  idle_in_transaction_session_timeout: '10000',
  tcp_user_timeout: '10000',
  // Every statement of the services has an index. With sequential scans enabled, a plan cached
  // while a table was small would keep scanning the table after it has grown.
  enable_seqscan: 'off',
  // Without sequential scans, Postgres before 18 expects any statement that needs one to be expensive
  // and compiles it, for 0.6 s on 15 with LLVM.
  jit: 'off',
};

/**
 * Opens sockets that are cut when nothing arrives, for example after a firewall dropped a half-open
 * connection. TCP would keep it for a quarter of an hour. TLS reads through the same socket.
 */
function cutWhenSilent(silenceMs: number): () => Socket {
  const reason = `connection terminated: nothing received for ${silenceMs / 1_000} s`;
  return () => {
    const socket = new Socket();
    return socket.setTimeout(silenceMs, () => socket.destroy(new Error(reason)));
  };
}

async function startPooledSession(client: pg.ClientBase, statement: string): Promise<void> {
  const { rows } = await client.query<{ owner: string | null }>(statement);
  // A session in which another client's settings, or its prepared statements, may be active.
  if (rows[0]?.owner) throw new Error('the pooler is not in session mode, or does not reset its sessions');
}

/** Opens a node-postgres pool with bounded waits. It connects at the first query. */
export function openPool(options: PostgresOptions): pg.Pool {
  const { silenceMs = SILENCE_MS, connectTimeoutMs = CONNECT_TIMEOUT_MS, onConnectionError } = options;
  const settings = { ...SESSION_DEFAULTS, ...options.sessionSettings };
  const firstStatement = toPooledSettings(options.url, settings);
  const pool = new pg.Pool({
    // Prisma's adapter drops the offset of a timestamptz, reads the rest as UTC and sends times
    // without an offset. It relies on toConnection, which sets the time zone to UTC.
    ...toConnection(options.url, {
      applicationName: options.applicationName,
      settings,
    }),
    // The pool waits for it, and rejects the connection if it fails.
    ...(firstStatement === null
      ? {}
      : { onConnect: (client: pg.ClientBase) => startPooledSession(client, firstStatement) }),
    max: options.poolSize,
    connectionTimeoutMillis: connectTimeoutMs,
    idleTimeoutMillis: Math.min(IDLE_MS, silenceMs),
    maxLifetimeSeconds: LIFETIME_SECONDS,
    stream: cutWhenSilent(silenceMs),
    // Lets `transaction` send a statement before the reply to the one before it.
    pipeline: true,
    keepAlive: true,
    keepAliveInitialDelayMillis: 5_000,
  });
  pool.on('connect', (client) => client.on('error', onConnectionError));
  // Each connection reports its own errors. Without a listener, the pool's event ends the process.
  pool.on('error', () => {});
  replaceStaleConnections(pool);
  // The next borrower must not get a connection that is still inside a transaction.
  pool.on('release', (_error, client) => {
    if (client.getTransactionStatus() !== 'I') client.end().catch(() => {});
  });
  options.onOpen?.(pool);
  return pool;
}

// Raises the error of a write to a read-only database, so the pool replaces its connections.
const CHECK = `DO $$ BEGIN
  IF current_setting('transaction_read_only')::boolean THEN RAISE read_only_sql_transaction; END IF;
END $$`;

/**
 * Returns a readiness check. The check resolves to null if the database accepts writes and
 * otherwise rejects with the reason.
 */
export function databaseCheck(client: {
  $executeRawUnsafe(statement: string): PromiseLike<unknown>;
}): () => Promise<null> {
  return async () => {
    try {
      await client.$executeRawUnsafe(CHECK);
      return null;
    } catch (error) {
      throw new Error(databaseReason(error) ?? String(error), { cause: error });
    }
  };
}
