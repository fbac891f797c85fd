import { describe, expect, it } from 'vitest';
import { readDatabaseUrl, toConnection, toPooledSettings } from './database-url.js';

const toUrl = (rest: string) => `postgresql://lmt:hush@127.0.0.1:5432/${rest}`;

function toMessage(url: string): string {
  try {
    readDatabaseUrl(url);
  } catch (error) {
    return String(error);
  }
  return 'accepted';
}

describe('the parameters of a database URL', () => {
  it.each([
    'options=-c%20search_path%3Dpublic',
    'query_timeout=1',
    'statement_timeout=0',
    'lock_timeout=0',
    'idle_in_transaction_session_timeout=0',
    'application_name=x',
    'fallback_application_name=x',
    'schema=public',
    'connection_limit=1',
    'pool_timeout=1',
    'pgbouncer=true',
    'connect_timeout=1',
    'ssl=true',
    'sslnegotiation=direct',
    'client_encoding=latin1',
    'replication=database',
    'user=postgres',
    'password=hush',
    'port=1',
    'uselibpqcompat=true',
  ])('url-parameters: %s is refused by name', (parameter) => {
    const name = parameter.split('=')[0];
    const message = toMessage(toUrl(`db?sslmode=disable&${parameter}`));
    expect(message).toBe(
      `DatabaseUrlError: the parameter ${name} of the URL is not supported: remove it. Supported are host, sslmode, sslrootcert, sslcert, sslkey, pooler`,
    );
  });

  it.each([
    ['db?sslmode=prefer', /sslmode of the URL must be one of disable, no-verify, require/],
    ['db?host=other', /host of the URL must be the folder of a Unix socket/],
    ['db?sslmode=require&sslrootcert=/nowhere/hush', /sslrootcert of the URL names cannot be read/],
    ['db?sslrootcert=/etc/hostname', /its sslmode does not use TLS/],
    ['db?a%20hush=1', /the parameter of the URL is not supported/],
    ['db?pooler=transaction', /must be session: LISTEN, named statements/],
    ['db%zz', /write it as %25/],
  ])('url-parameters: %s is refused without quoting a value', (rest, message) => {
    expect(toMessage(toUrl(rest))).toMatch(message);
    expect(toMessage(toUrl(rest))).not.toContain('hush');
  });

  it.each(['postgresql:///db', 'postgresql://127.0.0.1/db'])('refuses %s, which names no user', (url) => {
    expect(toMessage(url)).toMatch(/names no user/);
  });

  it.each([
    ['postgresql://u:p@h/d', { host: 'h', port: 5432, user: 'u', password: 'p', database: 'd', ssl: false }],
    [
      'postgres://u%40x:p%2F%25@[::1]:1/d%20e',
      { host: '::1', port: 1, user: 'u@x', password: 'p/%', database: 'd e' },
    ],
    ['postgresql://u@%2Fvar%2Frun/d', { host: '/var/run', password: '' }],
    ['postgresql://u@localhost/d?host=/var/run', { host: '/var/run' }],
    ['postgresql://u@h/d?sslmode=require', { ssl: { rejectUnauthorized: true } }],
    ['postgresql://u@h/d?sslmode=no-verify', { ssl: { rejectUnauthorized: false } }],
  ])('reads %s', (url, expected) => {
    expect(readDatabaseUrl(url)).toMatchObject(expected);
  });

  it('escapes blanks in the settings of a session', () => {
    const { options } = toConnection(toUrl('db'), {
      applicationName: 'x',
      settings: { search_path: 'a, b' },
    });
    expect(options).toBe('-c search_path=a,\\ b -c TimeZone=UTC');
  });

  it('replaces startup options by a statement for a pooler', () => {
    const url = toUrl('db?pooler=session');
    const connection = toConnection(url, { applicationName: 'x', settings: { lock_timeout: '1' } });
    expect(connection).not.toHaveProperty('options');
    expect(connection).not.toHaveProperty('replication');
    expect(toPooledSettings(url, { search_path: "'a'" })).toBe(
      `SELECT current_setting('lmt.owner', true) AS owner, set_config('search_path', '''a''', false), set_config('TimeZone', 'UTC', false), set_config('lmt.owner', 'taken', false)`,
    );
    expect(toPooledSettings(toUrl('db'))).toBeNull();
  });
});
