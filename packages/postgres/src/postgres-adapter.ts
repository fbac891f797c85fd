import { Socket } from 'node:net';
import { PrismaPg } from '@prisma/adapter-pg';

export interface PostgresAdapterOptions {
  readonly url: string;
  /** Shown in pg_stat_activity. */
  readonly applicationName: string;
  /** Connections at most. */
  readonly poolSize: number;
  /** How long a new connection may take, and the wait for one of the pool. Default 3 s. */
  readonly connectTimeoutMs?: number;
  /** A connection on which nothing is heard for so long is cut. Default 20 s: longer than any statement. */
  readonly silenceMs?: number;
  /** Further settings of each session, such as `synchronous_commit`. */
  readonly sessionSettings?: Readonly<Record<string, string>>;
  /** Told of a connection that broke while idle; the pool replaces it. */
  readonly onConnectionError: (error: Error) => void;
}

// Waiting for a connection, a statement or a forgotten transaction always ends: with an error that
// the caller can act on. pg's own query_timeout must stay unset: it drops the ROLLBACK of a stalled
// connection and hands it out inside an open transaction (node-postgres #3399).
export const CONNECT_TIMEOUT_MS = 3_000;
const SILENCE_MS = 20_000;
// Those that nobody uses are closed in good order before they are cut.
const IDLE_MS = 15_000;
const SESSION_TIMEOUTS = {
  statement_timeout: '10000',
  idle_in_transaction_session_timeout: '10000',
  tcp_user_timeout: '10000',
};

// Every statement of a service finds its rows by an index. A plan that was made while a table was small
// and is kept would go on reading all of it when it has grown.
const SESSION_PLANNER = { enable_seqscan: 'off' };

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

/**
 * A connection that a firewall has forgotten, or whose other end is gone without a word, answers nothing,
 * and TCP gives up on it after a quarter of an hour. The server's own time-outs end what it still knows of.
 * Not with TLS: there node counts what is heard on another socket than the one made here.
 */
function cutWhenSilent(url: string, silenceMs: number): { stream?: () => Socket } {
  const mode = new URL(url).searchParams.get('sslmode') ?? 'disable';
  if (mode !== 'disable') return {};
  return {
    stream: () => {
      const socket = new Socket();
      const reason = `connection terminated: nothing heard for ${silenceMs / 1_000} s`;
      return socket.setTimeout(silenceMs, () => socket.destroy(new Error(reason)));
    },
  };
}

/** Prisma's driver adapter over a pool of node-postgres with bounded waits and prepared statements. */
export function postgresAdapter(options: PostgresAdapterOptions): PrismaPg {
  const { silenceMs = SILENCE_MS } = options;
  const settings = {
    ...SESSION_TIMEOUTS,
    ...SESSION_PLANNER,
    ...options.sessionSettings,
    ...SESSION_TIME_ZONE,
  };
  return new PrismaPg(
    {
      connectionString: options.url,
      application_name: options.applicationName,
      max: options.poolSize,
      connectionTimeoutMillis: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
      idleTimeoutMillis: Math.min(IDLE_MS, silenceMs),
      ...cutWhenSilent(options.url, silenceMs),
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
