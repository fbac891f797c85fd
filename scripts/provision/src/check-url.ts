import { DatabaseUrlError, readDatabaseUrl } from '@lmt/database-url';
import { ArgumentError } from '@lmt/terminal';

/** The error does not show the URL, because it contains a password. */
export function requireDatabaseUrl(option: string, value: string | undefined): string {
  if (!value) throw new ArgumentError(`${option} is missing (--help)`);
  try {
    const { isPooled } = readDatabaseUrl(value);
    if (isPooled) throw new ArgumentError(`${option} names a pooler: connect to Postgres directly`);
    return value;
  } catch (error) {
    if (!(error instanceof DatabaseUrlError)) throw error;
    throw new ArgumentError(`${option} is wrong: ${error.message}`);
  }
}
