import { PrismaPg } from '@prisma/adapter-pg';

export interface PostgresAdapterOptions {
  readonly url: string;
  /** Shown in pg_stat_activity. */
  readonly applicationName: string;
  /** Connections at most. */
  readonly poolSize: number;
  /** How long a new connection may take, and the wait for one of the pool. Default 3 s. */
  readonly connectTimeoutMs?: number;
  /** Further settings of each session, such as `synchronous_commit`. */
  readonly sessionSettings?: Readonly<Record<string, string>>;
  /** Told of a connection that broke while idle; the pool replaces it. */
  readonly onConnectionError: (error: Error) => void;
}

// Waiting for a connection, a statement or a forgotten transaction always ends: with an error that
// the caller can act on. pg's own query_timeout must stay unset: it drops the ROLLBACK of a stalled
// connection and hands it out inside an open transaction (node-postgres #3399).
export const CONNECT_TIMEOUT_MS = 3_000;
const SESSION_TIMEOUTS = {
  statement_timeout: '10000',
  idle_in_transaction_session_timeout: '10000',
  tcp_user_timeout: '10000',
};

// Prisma's adapter drops the offset of a timestamptz and reads the rest as UTC, and sends times
// without one. In a session of another zone every time would be wrong by its offset.
const SESSION_TIME_ZONE = { TimeZone: 'UTC' };

const MAX_PREPARED_STATEMENTS = 200;

/** Names each statement text once, so that a connection parses and plans it once. */
function statementNames(): (query: { sql: string }) => string {
  const names = new Map<string, string>();
  return ({ sql }) => {
    const known = names.get(sql);
    if (known !== undefined) return known;
    // An empty name is Postgres' unnamed statement: texts without bound must not fill its memory.
    if (names.size >= MAX_PREPARED_STATEMENTS) return '';
    const name = `lmt_${names.size}`;
    names.set(sql, name);
    return name;
  };
}

/** Prisma's driver adapter over a pool of node-postgres with bounded waits and prepared statements. */
export function postgresAdapter(options: PostgresAdapterOptions): PrismaPg {
  const settings = { ...SESSION_TIMEOUTS, ...options.sessionSettings, ...SESSION_TIME_ZONE };
  return new PrismaPg(
    {
      connectionString: options.url,
      application_name: options.applicationName,
      max: options.poolSize,
      connectionTimeoutMillis: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
      idleTimeoutMillis: 60_000,
      keepAlive: true,
      keepAliveInitialDelayMillis: 5_000,
      options: Object.entries(settings)
        .map(([name, value]) => `-c ${name}=${value}`)
        .join(' '),
    },
    {
      statementNameGenerator: statementNames(),
      onPoolError: options.onConnectionError,
      onConnectionError: options.onConnectionError,
    },
  );
}
