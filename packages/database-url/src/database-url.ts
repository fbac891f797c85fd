import { readFileSync } from 'node:fs';

/** The URL cannot be used. The message quotes no value, because the URL contains a password. */
export class DatabaseUrlError extends Error {
  override readonly name = 'DatabaseUrlError';
}

export interface SessionOptions {
  /** Name of the session in pg_stat_activity. */
  readonly applicationName: string;
  /** Settings of the session, such as `lock_timeout`. */
  readonly settings?: Readonly<Record<string, string>>;
}

const EXAMPLE = 'expected a URL such as postgresql://user:password@127.0.0.1:5432/database';
const TLS_FILES = { sslrootcert: 'ca', sslcert: 'cert', sslkey: 'key' } as const;
const PARAMETERS = ['host', 'sslmode', ...Object.keys(TLS_FILES), 'pooler'];
const VERIFYING_MODES = ['require', 'verify-ca', 'verify-full'];
const MODES = ['disable', 'no-verify', ...VERIFYING_MODES];

/**
 * Reads a database URL. It may have the parameters `sslmode`, `sslrootcert`, `sslcert`, `sslkey`,
 * `host` (the folder of a Unix socket) and `pooler=session` (a PgBouncer in session mode). Any
 * other parameter is rejected, because node-postgres would let it replace settings of the service,
 * such as the time zone and time-outs.
 *
 * @throws DatabaseUrlError
 */
export function readDatabaseUrl(text: string) {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !/^postgres(ql)?:$/.test(url.protocol) || url.pathname.length < 2)
    throw new DatabaseUrlError(EXAMPLE);
  // Without a user, node-postgres would take PGUSER or the name of the account.
  if (url.username === '') throw new DatabaseUrlError(`the URL names no user: ${EXAMPLE}`);
  for (const name of url.searchParams.keys()) if (!PARAMETERS.includes(name)) throw unsupported(name);

  const socketFolder = url.searchParams.get('host');
  if (socketFolder !== null && !socketFolder.startsWith('/'))
    throw new DatabaseUrlError('the parameter host of the URL must be the folder of a Unix socket');
  const host = socketFolder ?? (decode(url.hostname).replace(/^\[(.*)\]$/, '$1') || 'localhost');
  return {
    host,
    port: Number(url.port) || 5432,
    user: decode(url.username),
    password: decode(url.password),
    database: decode(url.pathname.slice(1)),
    ssl: readTls(url.searchParams),
    isPooled: readPooler(url.searchParams),
  };
}

function readPooler(parameters: URLSearchParams): boolean {
  const mode = parameters.get('pooler');
  if (mode !== null && mode !== 'session')
    throw new DatabaseUrlError(
      'the parameter pooler of the URL must be session: LISTEN, named statements and the settings of a session need a pooler in session mode',
    );
  return mode !== null;
}

function unsupported(name: string): DatabaseUrlError {
  const shown = /^\w{1,40}$/.test(name) ? ` ${name}` : '';
  return new DatabaseUrlError(
    `the parameter${shown} of the URL is not supported: remove it. Supported are ${PARAMETERS.join(', ')}`,
  );
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new DatabaseUrlError('the URL contains a "%" that is not percent-encoded: write it as %25');
  }
}

function readTls(parameters: URLSearchParams) {
  const mode = parameters.get('sslmode') ?? 'disable';
  if (!MODES.includes(mode))
    throw new DatabaseUrlError(`the parameter sslmode of the URL must be one of ${MODES.join(', ')}`);
  const files = Object.entries(TLS_FILES).flatMap(([name, option]) => {
    const path = parameters.get(name);
    return path === null ? [] : [[option, readTlsFile(name, path)]];
  });
  if (mode === 'disable') {
    if (files.length === 0) return false;
    throw new DatabaseUrlError('the URL names a certificate, but its sslmode does not use TLS: set sslmode');
  }
  // Like node-postgres, and unlike libpq, `require` verifies the certificate too.
  return { rejectUnauthorized: VERIFYING_MODES.includes(mode), ...Object.fromEntries(files) };
}

function readTlsFile(name: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    throw new DatabaseUrlError(`the file that the parameter ${name} of the URL names cannot be read`);
  }
}

/**
 * Creates the configuration of a node-postgres client or pool. node-postgres fills empty fields
 * from PG* variables of the environment and from ~/.pgpass, so every field is set. Every session is
 * in UTC.
 *
 * @throws DatabaseUrlError
 */
export function toConnection(url: string, { applicationName, settings = {} }: SessionOptions) {
  const { password, isPooled, ...address } = readDatabaseUrl(url);
  const options = Object.entries({ ...settings, TimeZone: 'UTC' })
    .map(([name, value]) => `-c ${name}=${value.replace(/[\\ ]/g, '\\$&')}`)
    .join(' ');
  return {
    ...address,
    // node-postgres replaces an empty password, but does not replace a function.
    password: () => password,
    application_name: applicationName,
    client_encoding: 'UTF8',
    sslnegotiation: 'postgres' as const,
    // PgBouncer rejects both parameters. `toPooledSettings` sets the settings instead.
    // 'false' overrides PGREPLICATION. Postgres reads it as a boolean.
    ...(isPooled ? {} : { options, replication: 'false' }),
  };
}

/**
 * Returns the statement that a session through a pooler must run first, in place of the options that
 * `toConnection` leaves out. Returns null without a pooler. If the column `owner` is not empty, another
 * client uses the same session, so the pooler is not in session mode.
 *
 * @throws DatabaseUrlError
 */
export function toPooledSettings(
  url: string,
  settings: Readonly<Record<string, string>> = {},
): string | null {
  if (!readDatabaseUrl(url).isPooled) return null;
  const quote = (text: string) => `'${text.replaceAll("'", "''")}'`;
  const calls = Object.entries({ ...settings, TimeZone: 'UTC', 'lmt.owner': 'taken' }).map(
    ([name, value]) => `set_config(${quote(name)}, ${quote(value)}, false)`,
  );
  return `SELECT current_setting('lmt.owner', true) AS owner, ${calls.join(', ')}`;
}
