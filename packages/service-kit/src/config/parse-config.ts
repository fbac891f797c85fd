import type { z } from 'zod';
import { ConfigError } from './config-error.js';

/**
 * Reads a process's settings from its environment.
 *
 * Values are trimmed, and an empty one counts as not set. Settings the schema does not name are ignored.
 * The value of a setting stands in the message only where the setting's builder put it there: never for
 * secrets and URLs.
 *
 * @throws ConfigError naming every wrong setting at once, one line each
 */
export function parseConfig<S extends z.ZodType>(
  schema: S,
  env: Readonly<Record<string, string | undefined>>,
): z.output<S> {
  const given = Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value?.trim() ? [[name, value.trim()]] : [])),
  );
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => ({ name: path.join('.'), message }));
  const width = Math.max(...faults.map(({ name }) => name.length));
  const lines = faults.map(({ name, message }) => `  ${name.padEnd(width)}  ${message}`.trimEnd());
  const count = faults.length === 1 ? '1 setting is' : `${faults.length} settings are`;
  throw new ConfigError(
    `${count} wrong:\n${lines.join('\n')}`,
    faults.map(({ name }) => name),
  );
}
