import type { z } from 'zod';

/** Settings are missing or wrong. The message lists them for the operator, one per line. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * Reads the settings of a process from its environment. Values are trimmed, and an empty value
 * counts as not set.
 *
 * @throws ConfigError that names every bad setting but quotes no secret and no URL (see `expected`)
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
  const lines = parsed.error.issues.map(({ path, message }) => {
    const name = path.join('.');
    return `\n  ${name} ${name in given ? 'is wrong' : 'is not set'}: ${message}`;
  });
  throw new ConfigError(`wrong settings:${lines.join('')}`);
}
