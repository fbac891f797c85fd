import { Socket } from 'node:net';
import { PrismaPg } from '@prisma/adapter-pg';

export interface PostgresOptions {
  readonly url: string;
  /** Shown in pg_stat_activity. */
  readonly applicationName: string;
  readonly poolSize: number;
  /** Bounds a new connection and the wait for one from the pool. Default 3 s. */
  readonly connectTimeoutMs?: number;
  /** A connection that is silent for this long is cut. Default 20 s, longer than any statement. */
  readonly silenceMs?: number;
  /** Further settings of each session, such as `synchronous_commit`. */
  readonly sessionSettings?: Readonly<Record<string, string>>;
  /** Called when a connection broke while idle. The pool replaces it. */
  readonly onConnectionError: (error: Error) => void;
}

// Every wait for a connection, a statement or a forgotten transaction ends with an error. pg's own
// query_timeout must stay unset: it drops the ROLLBACK of a stalled connection, which the pool then
// hands out inside an open transaction (node-postgres #3399).
const CONNECT_TIMEOUT_MS = 3_000;
const SILENCE_MS = 20_000;
// Shorter than SILENCE_MS, so that idle connections are closed properly before they are cut.
const IDLE_MS = 15_000;
const SESSION_DEFAULTS = {
  statement_timeout: '10000',
  idle_in_transaction_session_timeout: '10000',
  tcp_user_timeout: '10000',
  // Every statement of a service finds its rows by an index. A cached plan from when the table was
  // small would keep reading all of it after it has grown.
  enable_seqscan: 'off',
};

// Prisma's adapter drops the offset of a timestamptz, reads the rest as UTC, and sends times
// without an offset. In a session of another zone every time would be wrong by the offset.
const SESSION_TIME_ZONE = { TimeZone: 'UTC' };

const MAX_PREPARED_STATEMENTS = 200;

/** Gives each statement text a name, so that a connection parses and plans it once. */
function createStatementNames(): (query: { sql: string }) => string {
  const names = new Map<string, string>();
  return ({ sql }) => {
    const known = names.get(sql);
    if (known !== undefined) return known;
    // Beyond the limit, use the unnamed statement. Each named one stays in the server's memory.
    if (names.size >= MAX_PREPARED_STATEMENTS) return '';
    const name = `lmt_${names.size}`;
    names.set(sql, name);
    return name;
  };
}

/**
 * Cuts a half-open connection, such as one that a firewall has dropped, which TCP would keep for a
 * quarter of an hour. Not with TLS, where Node reads from another socket than the one created here.
 */
function cutWhenSilent(url: string, silenceMs: number): { stream?: () => Socket } {
  const mode = new URL(url).searchParams.get('sslmode') ?? 'disable';
  if (mode !== 'disable') return {};
  return {
    stream: () => {
      const socket = new Socket();
      const reason = `connection terminated: nothing received for ${silenceMs / 1_000} s`;
      return socket.setTimeout(silenceMs, () => socket.destroy(new Error(reason)));
    },
  };
}

/**
 * Options of a PrismaClient on a node-postgres pool with bounded waits and prepared statements. The
 * client connects at its first query, and again after an outage.
 */
export function prismaOptions(options: PostgresOptions) {
  const { silenceMs = SILENCE_MS, connectTimeoutMs = CONNECT_TIMEOUT_MS, onConnectionError } = options;
  const settings = { ...SESSION_DEFAULTS, ...options.sessionSettings, ...SESSION_TIME_ZONE };
  const adapter = new PrismaPg(
    {
      connectionString: options.url,
      application_name: options.applicationName,
      max: options.poolSize,
      connectionTimeoutMillis: connectTimeoutMs,
      idleTimeoutMillis: Math.min(IDLE_MS, silenceMs),
      ...cutWhenSilent(options.url, silenceMs),
      keepAlive: true,
      keepAliveInitialDelayMillis: 5_000,
      options: Object.entries(settings)
        .map(([name, value]) => `-c ${name}=${value}`)
        .join(' '),
    },
    {
      statementNameGenerator: createStatementNames(),
      onPoolError: onConnectionError,
      onConnectionError,
    },
  );
  // `maxWait` is longer than the wait for a connection.
  return { adapter, transactionOptions: { maxWait: connectTimeoutMs + 2_000, timeout: 15_000 } };
}

/** A readiness check: resolves to null once the database has answered, and rejects otherwise. */
export function databaseCheck(client: {
  $queryRawUnsafe(query: string): PromiseLike<unknown>;
}): () => Promise<null> {
  return async () => {
    await client.$queryRawUnsafe('SELECT 1');
    return null;
  };
}
